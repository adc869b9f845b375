package apiserver

import (
	"context"
	"time"
)

// endSessions ends the requests to sessions once the server is told to stop and serves no new ones: else it would wait for
// them.
func (s *Server) endSessions(ctx, ended context.Context) {
	defer close(s.stopping)
	select {
	case <-ctx.Done():
	case <-ended.Done():
		return
	}
	select {
	case <-time.After(s.Generic.ShutdownDelayDuration):
	case <-ended.Done():
	}
}

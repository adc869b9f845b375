package storage

import "context"

// The answer to a write is a cut: after the write of one part the other is read again. That is a round trip, for an answer that
// may not show what was read.

type partlyKey struct{}

// AnswerPartly says of a request that its answer shows nothing but what its writes of the Datalab have answered. The rest of the
// workspace is then as it was when the request read it.
func (b *Backend) AnswerPartly(ctx context.Context) context.Context {
	return context.WithValue(ctx, partlyKey{}, true)
}

func answersPartly(ctx context.Context) bool {
	partly, _ := ctx.Value(partlyKey{}).(bool)
	return partly
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Costs are what times are made of, and other work on the machine does not change them much: the requests that
// kube-apiserver gets, and the processor time that each process takes.

// costReps is how often a request is sent to find out what it costs. Those that need no rest are sent more often.
func costReps(r request) int {
	if r.rest == 0 {
		return 300
	}
	return 30
}

// costs prints what one request costs on either side.
func (b *bench) costs(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n| %s, N=%d | side | CPU of etcd | kube-apiserver | server | client | requests to kube-apiserver |\n|---|---|--:|--:|--:|--:|---|\n", "request", b.n)
	for _, r := range b.requests() {
		if !b.wants(r.name) {
			continue
		}
		for _, side := range []struct {
			name string
			send func(context.Context, int) error
		}{{"storages", r.storages}, {"workspaces", r.workspaces}} {
			line, err := b.costOf(ctx, r, side.send)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			fmt.Fprintf(out, "| %s | %s | %s |\n", r.name, side.name, line)
		}
	}
	return nil
}

func (b *bench) costOf(ctx context.Context, r request, send func(context.Context, int) error) (string, error) {
	// Beyond the pairs and names that were used for times.
	from := warmUp + 3*r.reps
	before, err := b.spent(ctx)
	if err != nil {
		return "", err
	}
	reps := costReps(r)
	for i := range reps {
		if err := pause(ctx, r.rest); err != nil {
			return "", err
		}
		if err := send(ctx, from+i); err != nil {
			return "", err
		}
	}
	if err := pause(ctx, r.rest); err != nil { // what goes on after the last answer
		return "", err
	}
	after, err := b.spent(ctx)
	if err != nil {
		return "", err
	}
	return after.since(before, reps), nil
}

// spending is what has been spent since the processes began.
type spending struct {
	cpu      []time.Duration
	requests map[string]float64
}

// spent reads what has been spent so far.
func (b *bench) spent(ctx context.Context) (spending, error) {
	var s spending
	pids := []int{b.env.server.PID(), os.Getpid()}
	for i, p := range b.env.plane.Processes() {
		if i < 2 {
			pids = slices.Insert(pids, i, p.PID())
		}
	}
	for _, pid := range pids {
		cpu, err := cpuTime(pid)
		if err != nil {
			return s, err
		}
		s.cpu = append(s.cpu, cpu)
	}
	response, err := b.env.load.open(ctx, http.MethodGet, "/metrics", "", nil)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	s.requests, err = countRequests(response.Body)
	return s, err
}

// since is what one request has cost, as cells of the table. What happens in less than a tenth of them is somebody else's.
func (s spending) since(before spending, reps int) string {
	var cells []string
	for i, cpu := range s.cpu {
		cells = append(cells, fmt.Sprintf("%.2f ms", float64(cpu-before.cpu[i])/float64(reps)/float64(time.Millisecond)))
	}
	var requests []string
	for _, name := range slices.Sorted(maps.Keys(s.requests)) {
		if n := (s.requests[name] - before.requests[name]) / float64(reps); n >= 0.1 {
			requests = append(requests, fmt.Sprintf("%.1f %s", n, name))
		}
	}
	return strings.Join(cells, " | ") + " | " + strings.Join(requests, ", ")
}

var requestMetric = regexp.MustCompile(`^apiserver_request_total\{(.*)\} ([0-9.e+]+)$`)

// countRequests sums kube-apiserver's count of requests by what they are.
func countRequests(metrics io.Reader) (map[string]float64, error) {
	counts := map[string]float64{}
	lines := bufio.NewScanner(metrics)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		found := requestMetric.FindSubmatch(lines.Bytes())
		if found == nil {
			continue
		}
		n, err := strconv.ParseFloat(string(found[2]), 64)
		if err != nil {
			return nil, err
		}
		label := func(name string) string {
			_, rest, _ := bytes.Cut(found[1], []byte(name+`="`))
			value, _, _ := bytes.Cut(rest, []byte(`"`))
			return string(value)
		}
		resource := label(",resource")
		if resource == "" || label("verb") == "WATCH" {
			continue
		}
		name := label("verb") + " " + resource
		if sub := label("subresource"); sub != "" {
			name += "/" + strings.Trim(sub, "/")
		}
		if label("dry_run") != "" {
			name += " (dry run)"
		}
		counts[name] += n
	}
	return counts, lines.Err()
}

// cpuTime is the processor time that a process has taken.
func cpuTime(pid int) (sum time.Duration, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("read the time of process %d (Linux is needed): %w", pid, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended since
		}
		nanoseconds, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(nanoseconds, 10, 64)
		if err != nil {
			return 0, err
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func environment(pairs ...string) func(string) string {
	values := map[string]string{"DAYTONA_SANDBOX_ID": "sandbox"}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return values[name] }
}

func noCrash(t *testing.T) func(int) {
	return func(code int) { t.Errorf("crashed with code %d", code) }
}

func request(t *testing.T, method, path string, crash func(int), pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	settings, err := readSettings(environment(pairs...))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	newHandler(settings, crash).ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder
}

func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		name, path, body string
		status           int
		pairs            []string
	}{
		{name: "health", path: "/health", status: 200, body: `{"status":"OK"}`},
		{name: "version", path: "/version", status: 200, body: `{"version":"dev"}`},
		{name: "broken health", path: "/health", status: 500, body: `{"status":"Internal Server Error"}`, pairs: []string{"EXAMPLE_DAEMON_HEALTH_STATUS", "500"}},
		{name: "another version", path: "/version", status: 200, body: `{"version":"v0"}`, pairs: []string{"EXAMPLE_DAEMON_VERSION", "v0"}},
		{name: "crash by GET", path: "/crash", status: 405, body: `{"error":"POST crashes the daemon"}`},
		{name: "unknown route", path: "/", status: 404, body: "404 page not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := request(t, http.MethodGet, test.path, noCrash(t), test.pairs...)
			if got.Code != test.status || strings.TrimSpace(got.Body.String()) != test.body {
				t.Errorf("got %d %q", got.Code, got.Body)
			}
		})
	}
}

func TestCrashEndsWithThree(t *testing.T) {
	var code int
	request(t, http.MethodPost, "/crash", func(told int) { code = told })
	if code != exitCrashed {
		t.Errorf("crashed with code %d", code)
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name  string
		code  int
		pairs []string
	}{
		{"no sandbox", exitMisused, []string{"DAYTONA_SANDBOX_ID", ""}},
		{"port is no number", exitMisused, []string{"TOOLBOX_API_PORT", "http"}},
		{"port is too large", exitMisused, []string{"TOOLBOX_API_PORT", "65536"}},
		{"status is no answer", exitMisused, []string{"EXAMPLE_DAEMON_HEALTH_STATUS", "100"}},
		{"told to crash", exitCrashed, []string{"EXAMPLE_DAEMON_CRASH", "1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if code := run(context.Background(), environment(test.pairs...), noCrash(t)); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if code := run(context.Background(), environment("TOOLBOX_API_PORT", port), noCrash(t)); code != exitFailed {
		t.Errorf("exit code %d, want %d", code, exitFailed)
	}
}

func TestEndsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, environment("TOOLBOX_API_PORT", "0"), noCrash(t)) }()
	cancel()
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(shutdownLimit):
		t.Error("does not end")
	}
}

func TestPortForTestsWins(t *testing.T) {
	settings, err := readSettings(environment("TOOLBOX_API_PORT", "2280", "EXAMPLE_DAEMON_PORT", "2281"))
	if err != nil || settings.port != 2281 {
		t.Errorf("port %d, %v", settings.port, err)
	}
}

// Command daemon stands in for the Daytona daemon: the same port, routes and way to refuse, and nothing behind them.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set by the linker: -X main.version=v1.2.3.
var version = "dev"

const (
	exitFailed    = 1
	exitMisused   = 2
	exitCrashed   = 3
	shutdownLimit = 5 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	code := run(ctx, os.Getenv, os.Exit)
	stop()
	os.Exit(code)
}

// run serves until ctx ends and returns the exit code. crash must not return.
func run(ctx context.Context, getenv func(string) string, crash func(code int)) int {
	settings, err := readSettings(getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "daemon:", err)
		return exitMisused
	}
	if settings.crashAtStart != "" {
		fmt.Fprintf(os.Stderr, "daemon: fatal: told to crash at start: EXAMPLE_DAEMON_CRASH=%s\n", settings.crashAtStart)
		return exitCrashed
	}
	if err := serve(ctx, settings, crash); err != nil {
		fmt.Fprintln(os.Stderr, "daemon:", err)
		return exitFailed
	}
	return 0
}

func serve(ctx context.Context, settings settings, crash func(code int)) error {
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", settings.port))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: newHandler(settings, crash), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("daemon %s listens on %s\n", settings.version, listener.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(limited); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"strconv"
)

const defaultPort = 2280

type settings struct {
	port         int
	version      string
	healthStatus int
	crashAtStart string
}

// readSettings reads the daemon's environment. The EXAMPLE_DAEMON_ variables make it misbehave, for tests of the smoke test.
func readSettings(getenv func(string) string) (settings, error) {
	if getenv("DAYTONA_SANDBOX_ID") == "" {
		return settings{}, errors.New("DAYTONA_SANDBOX_ID is not set")
	}
	port, err := readNumber(getenv, "TOOLBOX_API_PORT", defaultPort, 0, 65535)
	if err != nil {
		return settings{}, err
	}
	port, err = readNumber(getenv, "EXAMPLE_DAEMON_PORT", port, 0, 65535)
	if err != nil {
		return settings{}, err
	}
	status, err := readNumber(getenv, "EXAMPLE_DAEMON_HEALTH_STATUS", 200, 200, 599)
	if err != nil {
		return settings{}, err
	}
	read := settings{port: port, version: version, healthStatus: status, crashAtStart: getenv("EXAMPLE_DAEMON_CRASH")}
	if lie := getenv("EXAMPLE_DAEMON_VERSION"); lie != "" {
		read.version = lie
	}
	return read, nil
}

func readNumber(getenv func(string) string, name string, unset, least, most int) (int, error) {
	text := getenv(name)
	if text == "" {
		return unset, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < least || number > most {
		return 0, fmt.Errorf("%s=%q is not a number from %d to %d", name, text, least, most)
	}
	return number, nil
}

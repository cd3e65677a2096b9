package main

import (
	"encoding/json"
	"net/http"
)

func newHandler(settings settings, crash func(code int)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, settings.healthStatus, map[string]string{"status": http.StatusText(settings.healthStatus)})
	})
	mux.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"version": settings.version})
	})
	mux.HandleFunc("/crash", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			answer(w, http.StatusMethodNotAllowed, map[string]string{"error": "POST crashes the daemon"})
			return
		}
		crash(exitCrashed)
	})
	return mux
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client may be gone: there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}

package main

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/vmware/govmomi/vim25/soap"
)

var this = regexp.MustCompile(`<(?:\w+:)?_this[^>]*>([^<]*)<`)

// endWithClient ends a poll whose client has gone; the simulator's own goes on for ever.
func (all *collectors) endWithClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if key := pollKey(r, body); key != "" {
			gone := r.Context().Done()
			all.gone.Store(key, gone)
			defer all.gone.CompareAndDelete(key, gone)
		}
		next.ServeHTTP(w, r)
	})
}

// goneOf is closed when the client of the poll has gone, nil when it is not known.
func (all *collectors) goneOf(key string) <-chan struct{} {
	gone, _ := all.gone.Load(key)
	c, _ := gone.(<-chan struct{})
	return c
}

// pollKey is session and collector of a poll, "" when the request is none.
func pollKey(r *http.Request, body []byte) string {
	if !bytes.Contains(body, []byte("WaitForUpdatesEx")) {
		return ""
	}
	collector := this.FindSubmatch(body)
	cookie, err := r.Cookie(soap.SessionCookieName)
	if collector == nil || err != nil {
		return ""
	}
	return strings.Trim(cookie.Value, `"`) + string(collector[1])
}

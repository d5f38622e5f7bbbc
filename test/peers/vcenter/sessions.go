package main

import (
	"net/http"
	"sync/atomic"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// handleSessions serves what the vCenter sees of its clients.
//
//	GET    /sessions      every session, as SessionManager.sessionList has it
//	DELETE /sessions?id=  ends one session, without an id all of them
//	GET    /stats         calls of each method, sessions, polls that wait (fast collector only)
func (v *vcenter) handleSessions(mux *http.ServeMux) {
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, v.sessions())
	})
	mux.HandleFunc("DELETE /sessions", func(w http.ResponseWriter, r *http.Request) {
		id, ended := r.FormValue("id"), 0
		for _, s := range v.sessions() {
			if id == "" || id == s.Key {
				v.registry.SessionManager().TerminateSession(v.newContext(), &types.TerminateSession{SessionId: []string{s.Key}})
				ended++
			}
		}
		reply(w, map[string]int{"terminated": ended})
	})
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		calls := map[string]int64{}
		v.calls.Range(func(method, n any) bool {
			calls[method.(string)] = n.(*atomic.Int64).Load()
			return true
		})
		waiting := int64(0)
		if v.fast != nil {
			waiting = v.fast.waiting.Load()
		}
		reply(w, map[string]any{"calls": calls, "sessions": len(v.sessions()), "waiting": waiting})
	})
}

func (v *vcenter) sessions() []types.UserSession {
	ctx := v.newContext()
	if m, ok := ctx.Session.Get(*v.serviceInstance().Content.SessionManager).(*simulator.SessionManager); ok && m.SessionList != nil {
		return m.SessionList
	}
	return []types.UserSession{}
}

package main

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// handleSessions serves what the vCenter sees of its clients.
//
//	GET    /sessions      every session, as SessionManager.sessionList has it
//	DELETE /sessions?id=  ends one session, without an id all of them
//	GET    /stats         calls of each method, sessions and what they hold, polls that wait (fast collector only)
func (v *vcenter) handleSessions(mux *http.ServeMux) {
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, v.sessions())
	})
	mux.HandleFunc("DELETE /sessions", func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		ended := map[string]bool{}
		for _, s := range v.sessions() {
			if id == "" || id == s.Key {
				ended[s.Key] = true
			}
		}
		v.end(ended)
		// A call that begins at the same moment reads its session before it is ended and writes it back after.
		time.Sleep(10 * time.Millisecond)
		v.end(ended)
		reply(w, map[string]int{"terminated": len(ended)})
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
		reply(w, map[string]any{"calls": calls, "sessions": len(v.sessions()), "waiting": waiting,
			"views": v.held("ContainerView"), "collectors": v.held("PropertyCollector")})
	})
}

func (v *vcenter) sessions() []types.UserSession {
	ctx := v.newContext()
	if m, ok := ctx.Session.Get(*v.serviceInstance().Content.SessionManager).(*simulator.SessionManager); ok && m.SessionList != nil {
		return m.SessionList
	}
	return []types.UserSession{}
}

func (v *vcenter) end(keys map[string]bool) {
	for _, s := range v.sessions() {
		if keys[s.Key] {
			v.registry.SessionManager().TerminateSession(v.newContext(), &types.TerminateSession{SessionId: []string{s.Key}})
		}
	}
}

// held counts the objects of one type that living sessions have made and not destroyed.
func (v *vcenter) held(kind string) int {
	made := map[string]*simulator.Registry{}
	v.made.Range(func(key, registry any) bool {
		made[key.(string)] = registry.(*simulator.Registry)
		return true
	})
	living := map[string]bool{}
	for _, s := range v.sessions() {
		living[s.Key] = true
	}
	n := 0
	for key, registry := range made {
		if !living[key] {
			v.made.Delete(key)
			continue
		}
		for _, o := range registry.AllReference(kind) {
			if o.Reference() != v.serviceInstance().Content.PropertyCollector {
				n++
			}
		}
	}
	return n
}

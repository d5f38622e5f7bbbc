package main

import (
	"fmt"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// names finds entities by type and name, also those that clients of the API made, renamed or removed.
// Of several entities with one name the last one is found.
type names struct {
	registry *simulator.Registry

	mu     sync.Mutex
	byName map[typedName]ref
	name   map[ref]string
}

type typedName struct{ kind, name string }

// newNames knows what is in the registry, and hears of what comes.
func newNames(registry *simulator.Registry) *names {
	n := &names{registry: registry, byName: map[typedName]ref{}, name: map[ref]string{}}
	for _, e := range registry.All("") {
		n.PutObject(nil, e)
	}
	registry.AddHandler(n)
	return n
}

// find returns the entity of that type and name.
func find[T mo.Entity](n *names, kind, name string) (T, error) {
	n.mu.Lock()
	r, known := n.byName[typedName{kind, name}]
	n.mu.Unlock()
	if known {
		if e, ok := n.registry.Get(r).(T); ok {
			return e, nil
		}
	}
	var none T
	return none, fmt.Errorf("no %s %q", kind, name)
}

// Reference is what the registry knows its handlers by.
func (n *names) Reference() ref { return ref{Type: "Names", Value: "names"} }

func (n *names) PutObject(_ *simulator.Context, o mo.Reference) {
	if e, ok := o.(mo.Entity); ok {
		n.is(o.Reference(), e.Entity().Name)
	}
}

func (n *names) UpdateObject(_ *simulator.Context, o mo.Reference, changes []types.PropertyChange) {
	for _, c := range changes {
		if name, ok := c.Val.(string); ok && c.Name == "name" {
			n.is(o.Reference(), name)
		}
	}
}

func (n *names) RemoveObject(_ *simulator.Context, r ref) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(r)
}

func (n *names) is(r ref, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(r)
	n.byName[typedName{r.Type, name}] = r
	n.name[r] = name
}

func (n *names) forget(r ref) {
	if key := (typedName{r.Type, n.name[r]}); n.byName[key] == r {
		delete(n.byName, key)
	}
	delete(n.name, r)
}

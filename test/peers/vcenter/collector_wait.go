package main

import (
	"strconv"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const pageSize = 100 // vCenter's limit

func (pc *PropertyCollector) WaitForUpdatesEx(ctx *simulator.Context, r *types.WaitForUpdatesEx) soap.HasFault {
	all := pc.shared(ctx)
	gone := all.goneOf(ctx.Session.Key + pc.Self.Value)
	pc.wait.Lock()
	defer pc.wait.Unlock()
	limit, once, deadline, stopDeadline := waitOptions(r.Options)
	defer stopDeadline()
	answer := func(set *types.UpdateSet) soap.HasFault {
		if set != nil {
			pc.pending = page(set, limit)
			pc.version++
			set.Version = strconv.Itoa(pc.version)
			pc.last, pc.lastFrom = set, r.Version
		}
		return &methods.WaitForUpdatesExBody{Res: &types.WaitForUpdatesExResponse{Returnval: set}}
	}
	switch {
	case r.Version == "":
		pc.restart(ctx)
		if set := pc.flush(ctx); set != nil {
			return answer(set)
		}
	case r.Version == strconv.Itoa(pc.version):
	case pc.last != nil && r.Version == pc.lastFrom:
		return &methods.WaitForUpdatesExBody{Res: &types.WaitForUpdatesExResponse{Returnval: pc.last}}
	default:
		return waitFault(new(types.InvalidCollectorVersion))
	}
	if pc.pending != nil {
		return answer(pc.pending)
	}

	cancel, done := pc.waits(all)
	defer done()
	tick := time.NewTicker(all.tick)
	defer tick.Stop()
	for {
		select {
		case <-cancel:
			return waitFault(new(types.RequestCanceled))
		case <-gone:
			return answer(nil)
		case <-deadline:
			return answer(nil)
		case <-tick.C:
			if pc.changed() {
				if set := pc.flush(ctx); set != nil {
					return answer(set)
				}
			}
			if once {
				return answer(nil)
			}
		}
	}
}

func waitFault(f types.BaseMethodFault) soap.HasFault {
	return &methods.WaitForUpdatesExBody{Fault_: simulator.Fault("", f)}
}

// waitOptions reads how long to wait: maxWaitSeconds absent is for ever, 0 is one look.
func waitOptions(o *types.WaitOptions) (limit int, once bool, deadline <-chan time.Time, stop func()) {
	limit, stop = pageSize, func() {}
	if o == nil {
		return
	}
	if n := int(o.MaxObjectUpdates); n > 0 && n < limit {
		limit = n
	}
	if s := o.MaxWaitSeconds; s != nil && *s == 0 {
		once = true
	} else if s != nil {
		t := time.NewTimer(time.Duration(*s) * time.Second)
		deadline, stop = t.C, func() { t.Stop() }
	}
	return
}

// restart forgets what the client knows.
func (pc *PropertyCollector) restart(ctx *simulator.Context) {
	pc.mu.Lock()
	listens := pc.listens
	pc.listens = true
	pc.dirty, pc.order, pc.left = nil, nil, nil
	pc.mu.Unlock()
	pc.known, pc.pending = nil, nil
	if !listens {
		ctx.Map.AddHandler(pc)
	}
}

// waits notes that a poll waits, so that another call can end it.
func (pc *PropertyCollector) waits(all *collectors) (cancel chan struct{}, done func()) {
	cancel = make(chan struct{})
	pc.mu.Lock()
	pc.cancel = cancel
	pc.mu.Unlock()
	all.waiting.Add(1)
	return cancel, func() {
		all.waiting.Add(-1)
		pc.mu.Lock()
		defer pc.mu.Unlock()
		if pc.cancel == cancel {
			pc.cancel = nil
		}
	}
}

// flush gathers what has changed since the last answer, nil when nothing has.
func (pc *PropertyCollector) flush(ctx *simulator.Context) *types.UpdateSet {
	pc.mu.Lock()
	dirty, order, left, resync := pc.dirty, pc.order, pc.left, pc.resync
	pc.dirty, pc.order, pc.left, pc.resync = nil, nil, nil, false
	filters := append([]ref(nil), pc.Filter...)
	specs := make([]types.PropertyFilterSpec, len(filters))
	for i, f := range filters {
		specs[i] = pc.specs[f]
	}
	pc.mu.Unlock()
	if pc.known == nil {
		pc.known = map[ref]map[ref]bool{}
	}

	set := &types.UpdateSet{}
	for i, f := range filters {
		known := pc.known[f]
		isNew := known == nil
		if isNew {
			known = map[ref]bool{}
			pc.known[f] = known
		}
		update := types.PropertyFilterUpdate{Filter: f}
		add := func(kind types.ObjectUpdateKind, r ref, changes []propertyChange) {
			update.ObjectSet = append(update.ObjectSet, types.ObjectUpdate{Kind: kind, Obj: r, ChangeSet: changes})
		}
		for _, r := range left {
			if known[r] {
				delete(known, r)
				add(types.ObjectUpdateKindLeave, r, nil)
			}
		}
		for _, r := range order {
			if !known[r] {
				continue
			}
			changes := pc.read(ctx, specs[i], r, true, func(property string) bool {
				for name := range dirty[r] {
					if overlaps(name, property) {
						return true
					}
				}
				return false
			})
			if len(changes) != 0 {
				add(types.ObjectUpdateKindModify, r, changes)
			}
		}
		if isNew || resync {
			pc.compare(ctx, specs[i], known, add)
		}
		if len(update.ObjectSet) != 0 {
			set.FilterSet = append(set.FilterSet, update)
		}
	}
	if len(set.FilterSet) == 0 {
		return nil
	}
	return set
}

// compare adds the objects that entered or left what the filter selects.
func (pc *PropertyCollector) compare(ctx *simulator.Context, spec types.PropertyFilterSpec, known map[ref]bool, add func(types.ObjectUpdateKind, ref, []propertyChange)) {
	seen := map[ref]bool{}
	for _, r := range pc.objects(ctx, spec) {
		seen[r] = true
		if known[r] {
			continue
		}
		if o := ctx.Session.Get(r); o == nil || !selects(spec, o) {
			continue
		}
		known[r] = true
		add(types.ObjectUpdateKindEnter, r, pc.read(ctx, spec, r, false, func(string) bool { return true }))
	}
	for r := range known {
		if !seen[r] {
			delete(known, r)
			add(types.ObjectUpdateKindLeave, r, nil)
		}
	}
}

// page cuts set to max objects and returns the rest.
func page(set *types.UpdateSet, max int) (rest *types.UpdateSet) {
	for i, f := range set.FilterSet {
		if len(f.ObjectSet) <= max {
			max -= len(f.ObjectSet)
			continue
		}
		cut := types.PropertyFilterUpdate{Filter: f.Filter, ObjectSet: f.ObjectSet[max:]}
		rest = &types.UpdateSet{FilterSet: append([]types.PropertyFilterUpdate{cut}, set.FilterSet[i+1:]...)}
		set.FilterSet[i].ObjectSet = f.ObjectSet[:max]
		set.FilterSet = set.FilterSet[:i+1]
		if max == 0 {
			set.FilterSet = set.FilterSet[:i]
		}
		set.Truncated = types.NewBool(true)
		return rest
	}
	return nil
}

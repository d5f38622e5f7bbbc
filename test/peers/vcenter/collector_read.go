package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// read returns the object's properties that the filter names and want wants. A property without a value is
// left out, but of an object that the client knows (modify) it is a change without a value: it is unset now.
func (pc *PropertyCollector) read(ctx *simulator.Context, spec types.PropertyFilterSpec, r ref, modify bool, want func(string) bool) []propertyChange {
	obj := ctx.Session.Get(r)
	if obj == nil {
		return nil
	}
	var out []propertyChange
	simple := true
	ctx.WithLock(r, func() {
		v := managed(obj)
		for _, p := range spec.PropSet {
			if !isA(obj, p.Type) {
				continue
			}
			if p.All != nil && *p.All {
				simple = false
				return
			}
			for _, name := range p.PathSet {
				if !want(name) {
					continue
				}
				val, ok := scalar(v, name)
				if !ok {
					simple = false
					return
				}
				if val != nil || modify {
					out = append(out, propertyChange{Name: name, Op: types.PropertyChangeOpAssign, Val: val})
				}
			}
		}
	})
	if simple {
		return out
	}
	return pc.readAll(ctx, spec, r, want)
}

// readAll reads as the simulator does, with a deep copy.
func (pc *PropertyCollector) readAll(ctx *simulator.Context, spec types.PropertyFilterSpec, r ref, want func(string) bool) []propertyChange {
	var out []propertyChange
	only := types.PropertyFilterSpec{PropSet: spec.PropSet, ObjectSet: []types.ObjectSpec{{Obj: r}}}
	for _, o := range pc.retrieve(ctx, only) {
		for _, p := range o.PropSet {
			if want(p.Name) {
				out = append(out, propertyChange{Name: p.Name, Op: types.PropertyChangeOpAssign, Val: p.Val})
			}
		}
	}
	return out
}

func (pc *PropertyCollector) retrieve(ctx *simulator.Context, spec types.PropertyFilterSpec) []types.ObjectContent {
	req := &types.RetrievePropertiesEx{SpecSet: []types.PropertyFilterSpec{spec}}
	if b, ok := pc.RetrievePropertiesEx(ctx, req).(*methods.RetrievePropertiesExBody); ok && b.Res != nil {
		return b.Res.Returnval.Objects
	}
	return nil
}

// scalar reads a property that needs no deep copy, nil when it has no value; ok is false where a copy is needed.
func scalar(v reflect.Value, property string) (val any, ok bool) {
	for name := range strings.SplitSeq(property, ".") {
		if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return nil, true
			}
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil, false
		}
		if v = v.FieldByName(strings.ToUpper(name[:1]) + name[1:]); !v.IsValid() {
			return nil, false
		}
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, true
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		if v.Len() == 0 {
			return nil, true
		}
		return v.Interface(), true
	case reflect.Bool, reflect.Int32, reflect.Int64:
		return v.Interface(), true
	}
	r, ok := v.Interface().(ref)
	return r, ok
}

// objects lists what a filter selects. Views are read directly, other traversals by the simulator's own collector.
func (pc *PropertyCollector) objects(ctx *simulator.Context, spec types.PropertyFilterSpec) []ref {
	var refs []ref
	for _, o := range spec.ObjectSet {
		if len(o.SelectSet) == 0 || o.Skip == nil || !*o.Skip {
			refs = append(refs, o.Obj)
		}
		if len(o.SelectSet) == 0 {
			continue
		}
		if t, ok := o.SelectSet[0].(*types.TraversalSpec); ok && t.Path == "view" && len(t.SelectSet) == 0 && len(o.SelectSet) == 1 {
			refs = append(refs, viewed(ctx, o.Obj)...)
			continue
		}
		only := types.PropertyFilterSpec{PropSet: spec.PropSet, ObjectSet: []types.ObjectSpec{o}}
		for _, c := range pc.retrieve(ctx, only) {
			refs = append(refs, c.Obj)
		}
	}
	return refs
}

// viewed lists what is in a view. The simulator puts a new host into the inventory before its cluster knows of
// it, and so does not find it for a ContainerView: those are added here.
func viewed(ctx *simulator.Context, view ref) []ref {
	var refs []ref
	var container *mo.ContainerView
	v := ctx.Session.Get(view)
	if v == nil {
		return nil
	}
	ctx.WithLock(view, func() {
		switch v := v.(type) {
		case *simulator.ListView:
			refs = slices.Clone(v.View)
		case *simulator.ContainerView:
			refs = slices.Clone(v.View)
			container = &v.ContainerView
		}
	})
	if container == nil || !container.Recursive {
		return refs
	}
	hosts := map[ref]bool{}
	for _, r := range refs {
		if r.Type == "HostSystem" {
			hosts[r] = true
		}
	}
	for _, h := range ctx.Map.All("HostSystem") {
		wanted := len(container.Type) == 0 || slices.ContainsFunc(container.Type, func(t string) bool { return isA(h, t) })
		if wanted && !hosts[h.Reference()] && isBelow(ctx, h, container.Container) {
			refs = append(refs, h.Reference())
		}
	}
	return refs
}

func isBelow(ctx *simulator.Context, e mo.Entity, ancestor ref) bool {
	for parent := e.Entity().Parent; parent != nil; {
		if *parent == ancestor {
			return true
		}
		next, ok := ctx.Map.Get(*parent).(mo.Entity)
		if !ok {
			return false
		}
		parent = next.Entity().Parent
	}
	return false
}

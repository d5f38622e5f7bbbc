package main

import (
	"fmt"
	"math/rand"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
)

// setRefs changes a list of references. The new list shares no memory with the old one, which a collector may read.
func (v *vcenter) setRefs(o mo.Reference, property string, list func() []ref) {
	ctx := v.newContext()
	ctx.WithLock(o, func() { ctx.Update(o, []propertyChange{set(property, list())}) })
}

func with(list []ref, r ref) []ref { return append(slices.Clone(list), r) }

func without(list []ref, r ref) []ref {
	return slices.DeleteFunc(slices.Clone(list), func(x ref) bool { return x == r })
}

func (v *vcenter) hostOf(vm *simulator.VirtualMachine) *simulator.HostSystem {
	return v.registry.Get(*vm.Runtime.Host).(*simulator.HostSystem)
}

func (v *vcenter) addVM(s vmSpec) *simulator.VirtualMachine {
	vm := v.newVM(s)
	folder, pool := v.vmFolderOf(s.host), v.poolOf(s.host)
	v.setRefs(folder, "childEntity", func() []ref { return with(folder.ChildEntity, vm.Self) })
	v.setRefs(s.host, "vm", func() []ref { return with(s.host.Vm, vm.Self) })
	v.setRefs(pool, "vm", func() []ref { return with(pool.Vm, vm.Self) })
	v.registry.Put(vm)
	return vm
}

func (v *vcenter) removeVM(vm *simulator.VirtualMachine) {
	if folder, ok := v.registry.Get(*vm.Parent).(*simulator.Folder); ok {
		v.setRefs(folder, "childEntity", func() []ref { return without(folder.ChildEntity, vm.Self) })
	}
	if pool, ok := v.registry.Get(*vm.ResourcePool).(*simulator.ResourcePool); ok {
		v.setRefs(pool, "vm", func() []ref { return without(pool.Vm, vm.Self) })
	}
	host := v.hostOf(vm)
	v.setRefs(host, "vm", func() []ref { return without(host.Vm, vm.Self) })
	v.registry.Remove(v.newContext(), vm.Self)
}

type move struct {
	VM   string `json:"vm"`
	Host string `json:"host"`
	At   int64  `json:"at"` // Unix time in ns, just before the change
}

// migrate is what RelocateVM_Task does to runtime.host, with HostSystem.vm kept right as well.
// Without a host it takes another one of the cluster.
func (v *vcenter) migrate(m move) (move, error) {
	vm, err := find[*simulator.VirtualMachine](v.names, "VirtualMachine", m.VM)
	if err != nil {
		return m, err
	}
	from := v.hostOf(vm)
	to := from
	if m.Host != "" {
		to, err = find[*simulator.HostSystem](v.names, "HostSystem", m.Host)
	} else if others := without(v.computeResourceOf(from).Host, from.Self); len(others) != 0 {
		to = v.registry.Get(others[rand.Intn(len(others))]).(*simulator.HostSystem)
	} else {
		err = fmt.Errorf("%q is on the only host of its cluster", m.VM)
	}
	if err != nil {
		return m, err
	}
	m.Host = to.Name
	if to != from {
		v.setRefs(to, "vm", func() []ref { return with(to.Vm, vm.Self) })
	}
	now, summary := to.Self, to.Self
	ctx := v.newContext()
	ctx.WithLock(vm, func() {
		m.At = time.Now().UnixNano()
		ctx.Update(vm, []propertyChange{set("runtime.host", &now), set("summary.runtime.host", &summary)})
	})
	if to != from {
		v.setRefs(from, "vm", func() []ref { return without(from.Vm, vm.Self) })
	}
	return m, nil
}

// rename gives an entity another name that no other of its type has.
func (v *vcenter) rename(e mo.Entity, to string, alsoIn ...string) error {
	if _, err := find[mo.Entity](v.names, e.Reference().Type, to); err == nil {
		return fmt.Errorf("%s %q exists", e.Reference().Type, to)
	}
	changes := []propertyChange{set("name", to)}
	for _, property := range alsoIn {
		changes = append(changes, set(property, to))
	}
	v.update(e, changes...)
	return nil
}

type truthVM struct {
	Name       string `json:"name"`
	Moid       string `json:"moid"`
	UUID       string `json:"uuid"`
	Power      string `json:"power"`
	Host       string `json:"host"`
	Cluster    string `json:"cluster"`
	Datacenter string `json:"datacenter"`
}

// truth is where every VM is whose name begins with prefix, by name.
func (v *vcenter) truth(prefix string) []truthVM {
	out := []truthVM{}
	for _, e := range v.registry.All("VirtualMachine") {
		vm := e.(*simulator.VirtualMachine)
		if !strings.HasPrefix(vm.Name, prefix) {
			continue
		}
		h := v.hostOf(vm)
		out = append(out, truthVM{
			Name: vm.Name, Moid: vm.Self.Value, UUID: vm.Config.Uuid, Power: string(vm.Runtime.PowerState),
			Host: h.Name, Cluster: v.computeResourceOf(h).Name, Datacenter: v.datacenterOf(h).Name,
		})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// hostsByCluster are the names of all hosts.
func (v *vcenter) hostsByCluster() map[string][]string {
	out := map[string][]string{}
	for _, h := range v.hosts() {
		cluster := v.computeResourceOf(h).Name
		out[cluster] = append(out[cluster], h.Name)
	}
	return out
}

package main

import (
	"crypto/md5"
	"fmt"
	"sort"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// populate names the hosts esx-0001.lab.example ... in the order in which they were made, and spreads
// the VMs over them.
func (v *vcenter) populate(total, nodes int) error {
	hosts := v.hosts()
	if len(hosts) == 0 {
		return fmt.Errorf("no host: -dc, -clusters and -hosts must be at least 1")
	}
	for i, h := range hosts {
		name := fmt.Sprintf("esx-%04d.lab.example", i+1)
		v.update(h, set("name", name), set("summary.config.name", name))
	}
	if err := v.makeTemplate(hosts[0]); err != nil {
		return err
	}
	every := 1
	if nodes > 0 && total > nodes {
		every = total / nodes
	}
	n, other := 0, 0
	for i := range total {
		name := ""
		if n < nodes && (i%every == 0 || total-i <= nodes-n) {
			n++
			name = fmt.Sprintf("node-%05d", n)
		} else {
			other++
			name = fmt.Sprintf("vm-%05d", other)
		}
		v.putVM(vmSpec{name: name, uuid: uuidOf(name), host: hosts[i/every%len(hosts)]})
	}
	return nil
}

// hosts are all hosts, in the order in which they were made.
func (v *vcenter) hosts() []*simulator.HostSystem {
	var hosts []*simulator.HostSystem
	for _, e := range v.registry.All("HostSystem") {
		hosts = append(hosts, e.(*simulator.HostSystem))
	}
	sort.Slice(hosts, func(i, j int) bool { // references are host-123
		a, b := hosts[i].Self.Value, hosts[j].Self.Value
		return len(a) < len(b) || len(a) == len(b) && a < b
	})
	return hosts
}

// makeTemplate makes one VM by CreateVM_Task, which takes 20 ms and a file, and keeps a copy to clone.
func (v *vcenter) makeTemplate(h *simulator.HostSystem) error {
	folder := v.vmFolderOf(h)
	res := folder.CreateVMTask(v.newContext(), &types.CreateVM_Task{
		This: folder.Self, Pool: v.poolOf(h).Self, Host: &h.Self,
		Config: types.VirtualMachineConfigSpec{
			Name:    "template",
			GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest),
			Files:   &types.VirtualMachineFileInfo{VmPathName: "[LocalDS_0]"},
		},
	})
	task := v.registry.Get(res.(*methods.CreateVM_TaskBody).Res.Returnval).(*simulator.Task)
	task.Wait()
	if task.Info.Error != nil {
		return fmt.Errorf("the template VM: %s", task.Info.Error.LocalizedMessage)
	}
	made := v.registry.Get(task.Info.Result.(ref)).(*simulator.VirtualMachine)
	template := *made
	v.template = &template
	v.removeVM(made)
	return nil
}

type vmSpec struct {
	name, uuid string
	host       *simulator.HostSystem
	off        bool
}

// newVM clones the template. Nobody knows of it yet.
func (v *vcenter) newVM(s vmSpec) *simulator.VirtualMachine {
	vm := new(simulator.VirtualMachine)
	*vm = *v.template
	v.registry.NewEntity(vm)
	self, host, pool, folder := vm.Self, s.host.Self, v.poolOf(s.host).Self, v.vmFolderOf(s.host).Self
	power := types.VirtualMachinePowerStatePoweredOn
	if s.off {
		power = types.VirtualMachinePowerStatePoweredOff
	}
	config, guest := *v.template.Config, *v.template.Guest
	config.Name, config.Uuid, config.InstanceUuid = s.name, s.uuid, uuidOf("instance "+self.Value)
	guest.HostName = s.name
	vm.Name, vm.Config, vm.Guest = s.name, &config, &guest
	vm.Parent, vm.ResourcePool = &folder, &pool
	vm.Runtime.Host, vm.Runtime.PowerState = &host, power

	vm.Summary.Vm = &self
	vm.Summary.Config.Name, vm.Summary.Config.Uuid, vm.Summary.Config.InstanceUuid = s.name, s.uuid, config.InstanceUuid
	vm.Summary.Guest = &types.VirtualMachineGuestSummary{HostName: s.name, ToolsStatus: guest.ToolsStatus}
	vm.Summary.Runtime.Host, vm.Summary.Runtime.PowerState = &host, power
	return vm
}

// putVM is for the time before anyone listens: it touches the lists of references without a notice.
func (v *vcenter) putVM(s vmSpec) {
	vm := v.newVM(s)
	folder, pool := v.vmFolderOf(s.host), v.poolOf(s.host)
	folder.ChildEntity = append(folder.ChildEntity, vm.Self)
	s.host.Vm = append(s.host.Vm, vm.Self)
	pool.Vm = append(pool.Vm, vm.Self)
	v.registry.Put(vm)
}

// uuidOf makes the same UUID of a name in every run.
func uuidOf(name string) string {
	b := md5.Sum([]byte(name))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (v *vcenter) computeResourceOf(h *simulator.HostSystem) *mo.ComputeResource {
	switch c := v.registry.Get(*h.Parent).(type) {
	case *simulator.ClusterComputeResource:
		return &c.ComputeResource
	case *mo.ComputeResource: // a standalone host's
		return c
	}
	return nil
}

func (v *vcenter) poolOf(h *simulator.HostSystem) *simulator.ResourcePool {
	return v.registry.Get(*v.computeResourceOf(h).ResourcePool).(*simulator.ResourcePool)
}

func (v *vcenter) datacenterOf(h *simulator.HostSystem) *simulator.Datacenter {
	for parent := h.Parent; parent != nil; {
		e := v.registry.Get(*parent).(mo.Entity)
		if dc, ok := e.(*simulator.Datacenter); ok {
			return dc
		}
		parent = e.Entity().Parent
	}
	return nil
}

func (v *vcenter) vmFolderOf(h *simulator.HostSystem) *simulator.Folder {
	return v.registry.Get(v.datacenterOf(h).VmFolder).(*simulator.Folder)
}

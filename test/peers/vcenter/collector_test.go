package main

import (
	"context"
	"testing"
	"time"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

func TestTheFirstAnswerIsTheWholeInventory(t *testing.T) {
	bothCollectors(t, func(t *testing.T, c *client) {
		all := c.sync()
		var truth []truthVM
		c.request("GET", "/truth", nil, &truth)
		if len(truth) != 3 {
			t.Fatalf("%d VMs, want 3", len(truth))
		}
		for _, vm := range truth {
			u := all[ref{Type: "VirtualMachine", Value: vm.Moid}]
			host, _ := value(u, "runtime.host").(ref)
			cluster, _ := value(all[host], "parent").(ref)
			if value(u, "name") != vm.Name || value(u, "config.uuid") != vm.UUID ||
				value(all[host], "name") != vm.Host || value(all[cluster], "name") != vm.Cluster {
				t.Fatalf("%+v is not %+v", u, vm)
			}
		}
		cluster := all[c.named("ClusterComputeResource", "DC0_C0")]
		if value(cluster, "resourcePool") == nil {
			t.Fatalf("a cluster is a ComputeResource: %+v", cluster)
		}
		for _, kind := range []string{"Datacenter", "Folder"} {
			if name := map[string]string{"Datacenter": "DC0", "Folder": "vm"}[kind]; value(all[c.named(kind, name)], "name") != name {
				t.Fatalf("no %s %s", kind, name)
			}
		}
	})
}

func TestALargeInventoryComesInPages(t *testing.T) {
	o := small("fast")
	o.vms = 450
	if n := len(connect(t, serve(t, o)).sync()); n < 450 {
		t.Fatalf("%d objects", n)
	}
}

func TestAMigrationReachesAPollThatWaits(t *testing.T) {
	relocate := func(c *client, vm, to ref) error {
		task, err := object.NewVirtualMachine(c.Client.Client, vm).Relocate(c.t.Context(), types.VirtualMachineRelocateSpec{Host: &to}, "")
		if err != nil {
			return err
		}
		return task.Wait(c.t.Context())
	}
	control := func(c *client, _, _ ref) error {
		_, err := c.vcenter.migrate(move{VM: "node-00001", Host: "esx-0002.lab.example"})
		return err
	}
	for name, migrate := range map[string]func(c *client, vm, to ref) error{"RelocateVM_Task": relocate, "control": control} {
		t.Run(name, func(t *testing.T) {
			bothCollectors(t, func(t *testing.T, c *client) {
				c.sync()
				polls := c.vcenter.called("WaitForUpdatesEx")
				vm, to := c.named("VirtualMachine", "node-00001"), c.named("HostSystem", "esx-0002.lab.example")
				moved := make(chan error, 1)
				go func() {
					for c.vcenter.called("WaitForUpdatesEx") == polls {
						time.Sleep(time.Millisecond)
					}
					moved <- migrate(c, vm, to)
				}()
				if u := c.nextOf("modify", vm); value(u, "runtime.host") != to || value(u, "name") != nil {
					t.Fatalf("%+v", u)
				}
				fatal(t, <-moved)
			})
		})
	}
}

func TestAChangeWithinAPropertyIsAChangeOfIt(t *testing.T) {
	c := connect(t, serve(t, small("fast")))
	c.sync()
	c.post("/migrate", move{VM: "node-00001", Host: "esx-0002.lab.example"}, nil)
	u := c.nextOf("modify", c.named("VirtualMachine", "node-00001"))
	runtime, _ := value(u, "runtime").(types.VirtualMachineRuntimeInfo)
	if runtime.Host == nil || *runtime.Host != c.named("HostSystem", "esx-0002.lab.example") {
		t.Fatalf("%+v", u)
	}
}

func TestChangesReachTheClient(t *testing.T) {
	folderRename := func(c *client) {
		task, err := object.NewFolder(c.Client.Client, c.named("Folder", "vm")).Rename(c.t.Context(), "machines")
		fatal(c.t, err)
		_, err = task.WaitForResult(c.t.Context(), nil)
		fatal(c.t, err)
	}
	post := func(path string, body map[string]any) func(*client) {
		return func(c *client) { c.post(path, body, nil) }
	}
	for _, x := range []struct {
		what, kind, name string
		change           func(*client)
		property         string
		want             any
	}{
		{"VM renamed", "VirtualMachine", "node-00001", post("/vm/set", map[string]any{"name": "node-00001", "to": "n1"}), "name", "n1"},
		{"VM's UUID", "VirtualMachine", "node-00001", post("/vm/set", map[string]any{"name": "node-00001", "uuid": uuidOf("x")}), "config.uuid", uuidOf("x")},
		{"maintenance", "HostSystem", "esx-0001.lab.example", post("/host/set", map[string]any{"name": "esx-0001.lab.example", "maintenance": true}), "runtime.inMaintenanceMode", true},
		{"host away", "HostSystem", "esx-0001.lab.example", post("/host/set", map[string]any{"name": "esx-0001.lab.example", "connection": "notResponding"}), "runtime.connectionState", types.HostSystemConnectionStateNotResponding},
		{"host renamed", "HostSystem", "esx-0001.lab.example", post("/host/set", map[string]any{"name": "esx-0001.lab.example", "to": "esxos01"}), "name", "esxos01"},
		{"cluster renamed", "ClusterComputeResource", "DC0_C0", post("/cluster/set", map[string]any{"name": "DC0_C0", "to": "prod"}), "name", "prod"},
		{"datacenter renamed", "Datacenter", "DC0", post("/datacenter/set", map[string]any{"name": "DC0", "to": "Bonn"}), "name", "Bonn"},
		{"folder renamed", "Folder", "vm", folderRename, "name", "machines"},
	} {
		t.Run(x.what, func(t *testing.T) {
			bothCollectors(t, func(t *testing.T, c *client) {
				c.sync()
				r := c.named(x.kind, x.name)
				x.change(c)
				if u := c.nextOf("modify", r); value(u, x.property) != x.want {
					t.Fatalf("%+v, want %s = %v", u, x.property, x.want)
				}
			})
		})
	}
}

func TestObjectsEnterAndLeave(t *testing.T) {
	bothCollectors(t, func(t *testing.T, c *client) {
		c.sync()
		c.post("/vm/add", map[string]string{"name": "extra", "power": "poweredOff"}, nil)
		vm := c.named("VirtualMachine", "extra")
		u := c.nextOf("enter", vm)
		runtime, _ := value(u, "runtime").(types.VirtualMachineRuntimeInfo)
		if value(u, "name") != "extra" || value(u, "config.uuid") != uuidOf("extra") || runtime.PowerState != "poweredOff" {
			t.Fatalf("%+v", u)
		}
		c.post("/vm/remove", map[string]string{"name": "extra"}, nil)
		c.nextOf("leave", vm)

		host, err := object.NewDatacenter(c.Client.Client, c.named("Datacenter", "DC0")).Folders(t.Context())
		fatal(t, err)
		_, err = host.HostFolder.CreateCluster(t.Context(), "second", types.ClusterConfigSpecEx{})
		fatal(t, err)
		if u := c.nextOf("enter", c.named("ClusterComputeResource", "second")); value(u, "name") != "second" {
			t.Fatalf("%+v", u)
		}
	})
}

// The simulator's own collector never tells of it.
func TestAHostThatIsAddedEnters(t *testing.T) {
	c := connect(t, serve(t, small("fast")))
	c.sync()
	cluster := object.NewClusterComputeResource(c.Client.Client, c.named("ClusterComputeResource", "DC0_C0"))
	task, err := cluster.AddHost(t.Context(), types.HostConnectSpec{HostName: "esxos03"}, true, nil, nil)
	fatal(t, err)
	_, err = task.WaitForResult(t.Context(), nil)
	fatal(t, err)
	if u := c.nextOf("enter", c.named("HostSystem", "esxos03")); value(u, "name") != "esxos03" {
		t.Fatalf("%+v", u)
	}
}

func TestVersionsAreThoseOfVCenter(t *testing.T) {
	c := connect(t, serve(t, small("fast")))
	first := c.sync()
	if again := c.sync(); len(again) != len(first) {
		t.Fatalf("version \"\" again: %d objects, want %d", len(again), len(first))
	}
	var m move
	for range 5 {
		c.post("/migrate", move{VM: "node-00001"}, &m)
	}
	vm, host := c.named("VirtualMachine", "node-00001"), c.named("HostSystem", m.Host)
	c.next("the last of five moves", func(u types.ObjectUpdate) bool { return u.Obj == vm && value(u, "runtime.host") == host })
	c.post("/migrate", move{VM: "node-00002"}, &m)
	before := c.version
	c.nextOf("modify", c.named("VirtualMachine", "node-00002"))
	last := c.version
	updates, _, err := c.wait(t.Context(), before, 2)
	if err != nil || len(updates) != 1 || c.version != last {
		t.Fatalf("an answer that was lost, asked for again: version %s, %+v, %v; want version %s", c.version, updates, err, last)
	}
	if _, _, err := c.wait(t.Context(), "4711", 2); !fault.Is(err, &types.InvalidCollectorVersion{}) {
		t.Fatalf("an unknown version: %v", err)
	}
}

func TestAPollEndsWithItsClient(t *testing.T) {
	v := serve(t, small("fast"))
	c := connect(t, v)
	c.sync()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := methods.WaitForUpdatesEx(ctx, c.Client.Client, &types.WaitForUpdatesEx{This: c.collector.Reference(), Version: c.version})
		ended <- err
	}()
	until(t, "the poll waits", func() bool { return v.fast.waiting.Load() == 1 })
	cancel()
	if err := <-ended; err == nil {
		t.Fatal("the poll was answered")
	}
	until(t, "no poll waits", func() bool { return v.fast.waiting.Load() == 0 })
}

func TestCancelWaitForUpdatesEndsAPoll(t *testing.T) {
	v := serve(t, small("fast"))
	c := connect(t, v)
	c.sync()
	ended := make(chan error, 1)
	go func() {
		_, _, err := c.wait(t.Context(), c.version, 60)
		ended <- err
	}()
	until(t, "the poll waits", func() bool { return v.fast.waiting.Load() == 1 })
	fatal(t, c.collector.CancelWaitForUpdates(t.Context()))
	if err := <-ended; !fault.Is(err, &types.RequestCanceled{}) {
		t.Fatalf("ended with %v", err)
	}
}

package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

func TestFaultsStrikeAsAsked(t *testing.T) {
	bothCollectors(t, func(t *testing.T, c *client) {
		c.sync()
		c.post("/faults", map[string]any{"MethodName": "WaitForUpdatesEx", "fault": "InvalidCollectorVersion", "MaxCount": 1}, nil)
		if _, _, err := c.wait(t.Context(), c.version, 1); !fault.Is(err, &types.InvalidCollectorVersion{}) {
			t.Fatalf("a fault by its name: %v", err)
		}
		c.post("/faults", map[string]any{"MethodName": "WaitForUpdatesEx", "FaultType": 1}, nil)
		if _, _, err := c.wait(t.Context(), c.version, 1); !fault.Is(err, &types.NotAuthenticated{}) {
			t.Fatalf("a fault by its number: %v", err)
		}
		c.request("DELETE", "/faults", nil, nil)
		if _, _, err := c.wait(t.Context(), c.version, 1); err != nil {
			t.Fatalf("after all rules ended: %v", err)
		}
	})
}

func TestASessionThatIsEndedIsNotAuthenticated(t *testing.T) {
	bothCollectors(t, func(t *testing.T, c *client) {
		c.sync()
		var sessions []types.UserSession
		c.request("GET", "/sessions", nil, &sessions)
		if len(sessions) != 1 || sessions[0].UserName != "user" {
			t.Fatalf("%+v", sessions)
		}
		c.request("DELETE", "/sessions?id="+sessions[0].Key, nil, nil)
		if _, _, err := c.wait(t.Context(), c.version, 1); !fault.Is(err, &types.NotAuthenticated{}) {
			t.Fatalf("%v", err)
		}
		c.request("GET", "/sessions", nil, &sessions)
		if len(sessions) != 0 {
			t.Fatalf("%+v", sessions)
		}
	})
}

func TestAnIdleSessionEnds(t *testing.T) {
	o := small("fast")
	o.sessionIdle = 20 * time.Millisecond
	c := connect(t, serve(t, o))
	until(t, "no session is left", func() bool { return len(c.vcenter.sessions()) == 0 })
}

func TestCallsAreCounted(t *testing.T) {
	c := connect(t, serve(t, small("stock")))
	var stats struct {
		Calls    map[string]int
		Sessions int
	}
	c.request("GET", "/stats", nil, &stats)
	if stats.Calls["Login"] != 1 || stats.Sessions != 1 {
		t.Fatalf("%+v", stats)
	}
}

func TestWhatSessionsHoldIsCounted(t *testing.T) {
	bothCollectors(t, func(t *testing.T, c *client) {
		holds := func(views, collectors int) {
			t.Helper()
			var stats struct{ Views, Collectors int }
			c.request("GET", "/stats", nil, &stats)
			if stats.Views != views || stats.Collectors != collectors {
				t.Fatalf("%+v, want %d and %d", stats, views, collectors)
			}
		}
		c.sync()
		holds(1, 1)
		fatal(t, c.collector.Destroy(t.Context()))
		holds(1, 0)
		c.request("DELETE", "/sessions", nil, nil)
		holds(0, 0)
	})
}

func TestWhatClientsDoIsFoundByName(t *testing.T) {
	c := connect(t, serve(t, small("fast")))
	vm := object.NewVirtualMachine(c.Client.Client, c.named("VirtualMachine", "node-00001"))
	task, err := vm.Rename(t.Context(), "renamed")
	fatal(t, err)
	fatal(t, task.Wait(t.Context()))
	c.post("/migrate", []move{{VM: "renamed", Host: "esx-0002.lab.example"}}, nil)
	var truth []truthVM
	c.request("GET", "/truth?prefix=renamed", nil, &truth)
	if len(truth) != 1 || truth[0].Host != "esx-0002.lab.example" || truth[0].Datacenter != "DC0" {
		t.Fatalf("%+v", truth)
	}
}

func TestAnEmptyVCenterHasHostsOnly(t *testing.T) {
	o := small("fast")
	o.vms, o.instanceUUID = 0, uuidOf("another")
	c := connect(t, serve(t, o))
	for r := range c.sync() {
		if r.Type == "VirtualMachine" {
			t.Fatalf("%s", r)
		}
	}
	if c.ServiceContent.About.InstanceUuid != o.instanceUUID {
		t.Fatalf("instanceUuid is %s", c.ServiceContent.About.InstanceUuid)
	}
}

func TestAWrongRequestIsRefused(t *testing.T) {
	v := serve(t, small("fast"))
	for body, path := range map[string]string{
		`{"vm":"nobody"}`:                         "/migrate",
		`{"vm":"node-00001","host":"nowhere"}`:    "/migrate",
		`{"name":"node-00001"}`:                   "/vm/add",
		`{"name":"x","power":"on"}`:               "/vm/add",
		`{"name":"node-00001","to":"node-00002"}`: "/vm/set",
		`{"name":"node-00001","colour":"red"}`:    "/vm/set",
		`{"name":"esx-0001.lab.example","vms":1}`: "/host/set",
		`{"name":"DC0_C0"}`:                       "/cluster/set",
		`{"fault":"NoSuchFault"}`:                 "/faults",
		`{"fault":"VirtualMachineConfigSpec"}`:    "/faults",
		`not JSON`:                                "/datacenter/set",
	} {
		res, err := http.Post(v.controlURL+path, "application/json", strings.NewReader(body))
		fatal(t, err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s %s: %s", path, body, res.Status)
		}
	}
}

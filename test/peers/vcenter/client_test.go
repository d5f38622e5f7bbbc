package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// small is a vCenter of one cluster with two hosts and three VMs.
func small(collector string) options {
	return options{
		listen: "127.0.0.1:0", control: "127.0.0.1:0", datacenters: 1, clusters: 1, hosts: 2, vms: 3, nodes: 3,
		username: "user", password: "pass", collector: collector, tick: 2 * time.Millisecond,
	}
}

// bothCollectors runs a test against the fast and against the simulator's own collector.
func bothCollectors(t *testing.T, test func(t *testing.T, c *client)) {
	for _, collector := range []string{"fast", "stock"} {
		t.Run(collector, func(t *testing.T) { test(t, connect(t, serve(t, small(collector)))) })
	}
}

func serve(t *testing.T, o options) *vcenter {
	t.Helper()
	v, err := start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.server.CloseClientConnections()
		_ = v.control.Close()
		v.model.Remove()
	})
	return v
}

// client is what the tests see of a vCenter: one collector with one filter over the whole inventory.
type client struct {
	*govmomi.Client
	t         *testing.T
	vcenter   *vcenter
	collector *property.Collector
	version   string
}

func connect(t *testing.T, v *vcenter) *client {
	t.Helper()
	u, err := url.Parse(v.ready().URL)
	fatal(t, err)
	u.User = url.UserPassword("user", "pass")
	ctx := t.Context()
	vim, err := govmomi.NewClient(ctx, u, true)
	fatal(t, err)
	all, err := view.NewManager(vim.Client).CreateContainerView(ctx, vim.ServiceContent.RootFolder,
		[]string{"VirtualMachine", "HostSystem", "ComputeResource", "Datacenter", "Folder"}, true)
	fatal(t, err)
	collector, err := property.DefaultCollector(vim.Client).Create(ctx)
	fatal(t, err)
	_, err = collector.CreateFilter(ctx, types.CreateFilter{Spec: types.PropertyFilterSpec{
		ObjectSet: []types.ObjectSpec{{Obj: all.Reference(), Skip: types.NewBool(true), SelectSet: []types.BaseSelectionSpec{
			&types.TraversalSpec{Type: "ContainerView", Path: "view"},
		}}},
		PropSet: []types.PropertySpec{
			{Type: "VirtualMachine", PathSet: []string{"runtime.host", "config.uuid", "runtime"}},
			{Type: "HostSystem", PathSet: []string{"runtime.inMaintenanceMode", "runtime.connectionState"}},
			{Type: "ComputeResource", PathSet: []string{"resourcePool"}},
			{Type: "ManagedEntity", PathSet: []string{"name", "parent"}},
		},
	}})
	fatal(t, err)
	return &client{Client: vim, t: t, vcenter: v, collector: collector}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wait is one WaitForUpdatesEx; no updates when nothing came within seconds.
func (c *client) wait(ctx context.Context, version string, seconds int32) ([]types.ObjectUpdate, bool, error) {
	res, err := methods.WaitForUpdatesEx(ctx, c.Client.Client, &types.WaitForUpdatesEx{
		This: c.collector.Reference(), Version: version, Options: &types.WaitOptions{MaxWaitSeconds: &seconds},
	})
	if err != nil || res.Returnval == nil {
		return nil, false, err
	}
	c.version = res.Returnval.Version
	var updates []types.ObjectUpdate
	for _, f := range res.Returnval.FilterSet {
		updates = append(updates, f.ObjectSet...)
	}
	return updates, res.Returnval.Truncated != nil && *res.Returnval.Truncated, nil
}

// sync gets the whole inventory, page by page.
func (c *client) sync() map[ref]types.ObjectUpdate {
	c.t.Helper()
	all := map[ref]types.ObjectUpdate{}
	version := ""
	for more := true; more; version = c.version {
		updates, truncated, err := c.wait(c.t.Context(), version, 2)
		fatal(c.t, err)
		if len(updates) > pageSize {
			c.t.Fatalf("%d updates in a page", len(updates))
		}
		for _, u := range updates {
			if _, twice := all[u.Obj]; twice {
				c.t.Fatalf("%s came twice", u.Obj)
			}
			all[u.Obj] = u
		}
		more = truncated
	}
	return all
}

// next waits for the update that is wanted.
func (c *client) next(what string, wanted func(types.ObjectUpdate) bool) types.ObjectUpdate {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 10*time.Second)
	defer cancel()
	for {
		updates, _, err := c.wait(ctx, c.version, 2)
		if err != nil {
			c.t.Fatalf("%s: %v", what, err)
		}
		for _, u := range updates {
			if wanted(u) {
				return u
			}
		}
	}
}

func (c *client) nextOf(kind types.ObjectUpdateKind, r ref) types.ObjectUpdate {
	c.t.Helper()
	return c.next(fmt.Sprintf("%s of %s", kind, r), func(u types.ObjectUpdate) bool { return u.Kind == kind && u.Obj == r })
}

// named is the object of that type and name, as the vCenter itself knows it.
func (c *client) named(kind, name string) ref {
	c.t.Helper()
	c.vcenter.names.mu.Lock()
	defer c.vcenter.names.mu.Unlock()
	r, ok := c.vcenter.names.byName[typedName{kind, name}]
	if !ok {
		c.t.Fatalf("no %s %q", kind, name)
	}
	return r
}

// post sends a change to the control endpoint.
func (c *client) post(path string, in, out any) {
	c.t.Helper()
	c.request(http.MethodPost, path, in, out)
}

func (c *client) request(method, path string, in, out any) {
	c.t.Helper()
	b, err := json.Marshal(in)
	fatal(c.t, err)
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.vcenter.controlURL+path, bytes.NewReader(b))
	fatal(c.t, err)
	res, err := http.DefaultClient.Do(r)
	fatal(c.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	fatal(c.t, err)
	if res.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s: %s", path, res.Status, answer)
	}
	if out != nil {
		fatal(c.t, json.Unmarshal(answer, out))
	}
}

func value(u types.ObjectUpdate, name string) any {
	for _, c := range u.ChangeSet {
		if c.Name == name {
			return c.Val
		}
	}
	return nil
}

// until waits for a condition: looks every 2 ms, gives up after 10 s.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !condition(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not so after 10 s", what)
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// controlHandler serves what an administrator does to the inventory, and what a test wants to know.
// Requests and answers are JSON. One change at a time.
//
//	POST /migrate         {vm, host?} or a list of them; without a host: another one of the cluster
//	POST /vm/add          {name, host?, uuid?, power?}
//	POST /vm/remove       {name}
//	POST /vm/set          {name, to?, uuid?, power?, connection?}
//	POST /host/set        {name, to?, maintenance?, connection?}
//	POST /cluster/set     {name, to}
//	POST /datacenter/set  {name, to}
//	GET  /truth?prefix=   where every VM is
//	GET  /hosts           names of the hosts by cluster
//
// and what sessions.go and faults.go add.
func (v *vcenter) controlHandler() http.Handler {
	mux := http.NewServeMux()
	var one sync.Mutex

	change(mux, &one, "/migrate", func(moves oneOrMany[move]) (any, error) {
		for i := range moves.list {
			var err error
			if moves.list[i], err = v.migrate(moves.list[i]); err != nil {
				return nil, err
			}
		}
		if moves.many {
			return moves.list, nil
		}
		return moves.list[0], nil
	})
	change(mux, &one, "/vm/add", v.controlAddVM)
	change(mux, &one, "/vm/remove", func(q struct{ Name string }) (any, error) {
		vm, err := find[*simulator.VirtualMachine](v.names, "VirtualMachine", q.Name)
		if err == nil {
			v.removeVM(vm)
		}
		return q, err
	})
	change(mux, &one, "/vm/set", v.controlSetVM)
	change(mux, &one, "/host/set", v.controlSetHost)
	change(mux, &one, "/cluster/set", v.controlRename("ClusterComputeResource"))
	change(mux, &one, "/datacenter/set", v.controlRename("Datacenter"))

	mux.HandleFunc("GET /truth", func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		reply(w, v.truth(r.FormValue("prefix")))
	})
	mux.HandleFunc("GET /hosts", func(w http.ResponseWriter, _ *http.Request) {
		one.Lock()
		defer one.Unlock()
		reply(w, v.hostsByCluster())
	})
	v.handleSessions(mux)
	v.handleFaults(mux)
	return mux
}

func (v *vcenter) controlAddVM(q struct{ Name, UUID, Host, Power string }) (any, error) {
	if q.Name == "" {
		return nil, errors.New("name is missing")
	}
	if _, err := find[mo.Entity](v.names, "VirtualMachine", q.Name); err == nil {
		return nil, fmt.Errorf("VirtualMachine %q exists", q.Name)
	}
	host := v.hosts()[0]
	if q.Host != "" {
		var err error
		if host, err = find[*simulator.HostSystem](v.names, "HostSystem", q.Host); err != nil {
			return nil, err
		}
	}
	if q.UUID == "" {
		q.UUID = uuidOf(q.Name)
	}
	if q.Power != "" && q.Power != "poweredOn" && q.Power != "poweredOff" {
		return nil, fmt.Errorf("power is %q, neither poweredOn nor poweredOff", q.Power)
	}
	vm := v.addVM(vmSpec{name: q.Name, uuid: q.UUID, host: host, off: q.Power == "poweredOff"})
	return map[string]string{"moid": vm.Self.Value, "uuid": q.UUID, "host": host.Name}, nil
}

func (v *vcenter) controlSetVM(q struct{ Name, To, UUID, Power, Connection string }) (any, error) {
	vm, err := find[*simulator.VirtualMachine](v.names, "VirtualMachine", q.Name)
	if err != nil {
		return nil, err
	}
	if q.To != "" {
		if err := v.rename(vm, q.To, "config.name", "summary.config.name"); err != nil {
			return nil, err
		}
	}
	if q.UUID != "" {
		v.update(vm, set("config.uuid", q.UUID), set("summary.config.uuid", q.UUID))
	}
	if q.Power != "" {
		p := types.VirtualMachinePowerState(q.Power)
		v.update(vm, set("runtime.powerState", p), set("summary.runtime.powerState", p))
	}
	if q.Connection != "" {
		c := types.VirtualMachineConnectionState(q.Connection)
		v.update(vm, set("runtime.connectionState", c), set("summary.runtime.connectionState", c))
	}
	return q, nil
}

func (v *vcenter) controlSetHost(q struct {
	Name, To, Connection string
	Maintenance          *bool
}) (any, error) {
	h, err := find[*simulator.HostSystem](v.names, "HostSystem", q.Name)
	if err != nil {
		return nil, err
	}
	if q.To != "" {
		if err := v.rename(h, q.To, "summary.config.name"); err != nil {
			return nil, err
		}
	}
	if q.Maintenance != nil {
		v.update(h, set("runtime.inMaintenanceMode", *q.Maintenance), set("summary.runtime.inMaintenanceMode", *q.Maintenance))
	}
	if q.Connection != "" {
		c := types.HostSystemConnectionState(q.Connection)
		v.update(h, set("runtime.connectionState", c), set("summary.runtime.connectionState", c))
	}
	return q, nil
}

func (v *vcenter) controlRename(kind string) func(struct{ Name, To string }) (any, error) {
	return func(q struct{ Name, To string }) (any, error) {
		e, err := find[mo.Entity](v.names, kind, q.Name)
		if err != nil {
			return nil, err
		}
		if q.To == "" {
			return nil, errors.New("to is missing")
		}
		return q, v.rename(e, q.To)
	}
}

// oneOrMany reads a JSON value or a list of them.
type oneOrMany[T any] struct {
	list []T
	many bool
}

func (o *oneOrMany[T]) UnmarshalJSON(b []byte) error {
	if o.many = bytes.HasPrefix(b, []byte("[")); o.many {
		return json.Unmarshal(b, &o.list)
	}
	o.list = make([]T, 1)
	return json.Unmarshal(b, &o.list[0])
}

// change serves POST: 400 says what is wrong with the request. A field that nobody knows is wrong too.
func change[T any](mux *http.ServeMux, one *sync.Mutex, path string, apply func(T) (any, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var q T
		d := json.NewDecoder(r.Body)
		d.DisallowUnknownFields()
		err := d.Decode(&q)
		var answer any
		if err == nil {
			one.Lock()
			answer, err = apply(q)
			one.Unlock()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reply(w, answer)
	})
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

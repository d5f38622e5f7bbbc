package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type (
	ref            = types.ManagedObjectReference
	propertyChange = types.PropertyChange
)

type options struct {
	listen, control              string
	datacenters, clusters, hosts int
	vms, nodes                   int
	username, password           string
	tls                          bool
	sessionIdle                  time.Duration
	collector, instanceUUID      string
	tick                         time.Duration
}

// vcenter is one simulated vCenter that serves.
type vcenter struct {
	model      *simulator.Model
	service    *simulator.Service
	registry   *simulator.Registry
	server     *simulator.Server
	control    *http.Server
	controlURL string
	names      *names
	template   *simulator.VirtualMachine
	fast       *collectors // nil with the stock collector
	calls      sync.Map    // SOAP method -> *atomic.Int64
	made       sync.Map    // session key -> *simulator.Registry of what the session made
}

type ready struct {
	URL         string `json:"url"`
	Control     string `json:"control"`
	Certificate string `json:"certificate,omitempty"` // PEM
}

// start makes the inventory and serves it. On an error nothing is left running.
func start(o options) (*vcenter, error) {
	if o.collector != "fast" && o.collector != "stock" {
		return nil, fmt.Errorf("-collector is %q, neither fast nor stock", o.collector)
	}
	model := simulator.VPX()
	model.Datacenter, model.Cluster, model.ClusterHost = o.datacenters, o.clusters, o.hosts
	model.Host, model.Portgroup, model.Autostart, model.Machine = 0, 0, false, 0
	if err := model.Create(); err != nil {
		return nil, err
	}
	v := &vcenter{model: model, service: model.Service, registry: model.Service.Context.Map}
	if o.instanceUUID != "" {
		v.serviceInstance().Content.About.InstanceUuid = o.instanceUUID
	}
	v.names = newNames(v.registry)
	if err := v.populate(o.vms, o.nodes); err != nil {
		return nil, err
	}
	if o.sessionIdle > 0 {
		settings := &v.registry.OptionManager().Setting
		*settings = append(*settings, &types.OptionValue{Key: "config.vmacore.soap.sessionTimeout", Value: o.sessionIdle.String()})
	}
	if o.collector == "fast" {
		v.fast = &collectors{tick: o.tick}
		root := &PropertyCollector{all: v.fast}
		root.Self = v.serviceInstance().Content.PropertyCollector
		v.registry.Put(root)
	}
	v.registry.Handler = v.count

	control, err := net.Listen("tcp", o.control)
	if err != nil {
		return nil, err
	}
	v.service.Listen = &url.URL{Host: o.listen, User: url.UserPassword(o.username, o.password)}
	if o.tls {
		v.service.TLS = new(tls.Config)
	}
	v.server = v.service.NewServer()
	if v.fast != nil {
		v.server.Config.Handler = v.fast.endWithClient(v.server.Config.Handler)
	}
	v.controlURL = "http://" + control.Addr().String()
	v.control = &http.Server{Handler: v.controlHandler()}
	go func() { _ = v.control.Serve(control) }()
	return v, nil
}

func (v *vcenter) ready() ready {
	r := ready{URL: fmt.Sprintf("%s://%s%s", v.server.URL.Scheme, v.server.URL.Host, v.server.URL.Path), Control: v.controlURL}
	if v.service.TLS != nil {
		r.Certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: v.server.Certificate().Raw}))
	}
	return r
}

// count counts the calls of each SOAP method, notes whose they are, and lets them pass.
func (v *vcenter) count(ctx *simulator.Context, m *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if ctx.Session != nil {
		v.made.Store(ctx.Session.Key, ctx.Session.Registry)
	}
	n, _ := v.calls.LoadOrStore(m.Name, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	return nil, nil
}

// called is how often a SOAP method was called.
func (v *vcenter) called(method string) int64 {
	if n, ok := v.calls.Load(method); ok {
		return n.(*atomic.Int64).Load()
	}
	return 0
}

func (v *vcenter) serviceInstance() *simulator.ServiceInstance {
	return v.registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance)
}

// newContext makes a context for one change: the users of one context share its object locks.
func (v *vcenter) newContext() *simulator.Context {
	c := *v.service.Context
	return &c
}

// update changes properties as a client's call would: every collector hears of it.
func (v *vcenter) update(o mo.Reference, changes ...propertyChange) {
	ctx := v.newContext()
	ctx.WithLock(o, func() { ctx.Update(o, changes) })
}

func set(name string, val any) propertyChange {
	return propertyChange{Name: name, Val: val}
}

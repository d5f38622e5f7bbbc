package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// handleFaults makes calls fail.
//
//	POST   /faults  fields of simulator.FaultInjectionRule, and fault: the name of a fault type such as InvalidLogin
//	GET    /faults  how often each rule struck
//	DELETE /faults  ends all rules
func (v *vcenter) handleFaults(mux *http.ServeMux) {
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil {
			var rule *simulator.FaultInjectionRule
			if rule, err = faultRule(b); err == nil {
				v.service.AddFaultRule(rule)
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		reply(w, v.service.GetFaultStats())
	})
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, v.service.GetFaultStats())
	})
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		v.service.ClearFaultRules()
		reply(w, "cleared")
	})
}

// faultRule strikes every call unless the request says otherwise. JSON cannot hold a fault, only its name.
func faultRule(b []byte) (*simulator.FaultInjectionRule, error) {
	rule := &simulator.FaultInjectionRule{MethodName: "*", ObjectType: "*", ObjectName: "*", Probability: 1, Enabled: true}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, err
	}
	named, isNamed := fields["fault"]
	delete(fields, "fault")
	rest, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(rest, rule); err != nil {
		return nil, err
	}
	if !isNamed {
		return rule, nil
	}
	var name string
	if err := json.Unmarshal(named, &name); err != nil {
		return nil, err
	}
	t, ok := types.TypeFunc()(name)
	if !ok {
		return nil, fmt.Errorf("no type %s", name)
	}
	fault, ok := reflect.New(t).Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%s is not a fault", name)
	}
	rule.FaultType, rule.Fault = simulator.FaultTypeCustom, fault
	return rule, nil
}

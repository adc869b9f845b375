package apiserver

import (
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/initializer"
	"k8s.io/apiserver/pkg/admission/plugin/resourcequota"
	"k8s.io/apiserver/pkg/quota/v1/generic"
	genericapiserver "k8s.io/apiserver/pkg/server"
	genericoptions "k8s.io/apiserver/pkg/server/options"
)

// heedQuotas lets ResourceQuotas limit how many workspaces a namespace may have. kube-apiserver checks them for what it serves
// itself, and for custom resources; a server behind the aggregator has to do so for its own.
func heedQuotas(o *genericoptions.RecommendedOptions) {
	resourcequota.Register(o.Admission.Plugins)
	// Last, as in kube-apiserver: what another plugin refuses is not counted.
	o.Admission.RecommendedPluginOrder = append(o.Admission.RecommendedPluginOrder, resourcequota.PluginName)
	o.ExtraAdmissionInitializers = func(*genericapiserver.RecommendedConfig) ([]admission.PluginInitializer, error) {
		return []admission.PluginInitializer{objectCounts{}}, nil
	}
}

// objectCounts tells the plugin that nothing but objects is counted.
type objectCounts struct{}

func (objectCounts) Initialize(plugin admission.Interface) {
	if wants, ok := plugin.(initializer.WantsQuotaConfiguration); ok {
		// What no evaluator is named for is counted as count/RESOURCE.GROUP.
		wants.SetQuotaConfiguration(generic.NewConfiguration(nil, nil))
	}
}

package apiserver

import (
	"k8s.io/apimachinery/pkg/runtime"
)

// textSerializer offers JSON and YAML only. Our types have no protobuf form, and a client that is offered it takes it:
// the namespace controller's deletecollection would fail and leave the namespace terminating.
type textSerializer struct {
	runtime.NegotiatedSerializer
}

// SupportedMediaTypes leaves out the binary ones.
func (s textSerializer) SupportedMediaTypes() []runtime.SerializerInfo {
	var text []runtime.SerializerInfo
	for _, info := range s.NegotiatedSerializer.SupportedMediaTypes() {
		if info.EncodesAsText {
			text = append(text, info)
		}
	}
	return text
}

package v1alpha1

const (
	defaultVolume         = "1Gi"
	defaultDocumentVolume = "10Gi"
)

// SetDefaults_Stores gives a store the size that is usual for its type.
func SetDefaults_Stores(in *Stores) {
	defaultSizes(in.Vectors, defaultVolume)
	defaultSizes(in.Caches, defaultVolume)
	defaultSizes(in.Documents, defaultDocumentVolume)
}

func defaultSizes(stores []Store, size string) {
	for i := range stores {
		if stores[i].Storage == "" {
			stores[i].Storage = size
		}
	}
}

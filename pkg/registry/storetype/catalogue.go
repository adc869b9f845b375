package storetype

// storeType is a type of store, and the operator that runs it.
type storeType struct {
	name     string
	engine   string
	operator string // the operator's CustomResourceDefinition
}

// catalogue holds all types, in the order of their names as lists have it.
var catalogue = []storeType{
	{"caches", "Redis", "redis.redis.redis.opstreelabs.in"},
	{"databases", "PostgreSQL", "postgresclusters.postgres-operator.crunchydata.com"},
	{"documents", "MongoDB", "mongodbcommunity.mongodbcommunity.mongodb.com"},
	{"vectors", "Qdrant", "qdrantclusters.qdrant.io"},
}

func find(name string) (storeType, bool) {
	for _, each := range catalogue {
		if each.name == name {
			return each, true
		}
	}
	return storeType{}, false
}

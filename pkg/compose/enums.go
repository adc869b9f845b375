package compose

import "github.com/eoepca/workspaces/pkg/apis/eoepca"

// inverse turns a translation of the table around.
func inverse[W ~string](enum map[string]string) map[string]W {
	result := make(map[string]W, len(enum))
	for workspace, part := range enum {
		result[part] = W(workspace)
	}
	return result
}

var (
	rolesInverse  = inverse[eoepca.MemberRole](roles)
	statesInverse = inverse[eoepca.SessionState](states)
	rollsInverse  = inverse[eoepca.RolloverInterval](rolls)
)

// translated answers the Workspace's word for a part's. A word that nobody knows passes, so that a write gives it back.
func translated[W ~string](enum map[string]W, value string) W {
	if word, ok := enum[value]; ok {
		return word
	}
	return W(value)
}

func role(value string) eoepca.MemberRole {
	if value == "" {
		return eoepca.MemberRoleUser
	}
	return translated(rolesInverse, value)
}

func sessionState(value string) eoepca.SessionState { return translated(statesInverse, value) }

func rollover(value string) eoepca.RolloverInterval { return translated(rollsInverse, value) }

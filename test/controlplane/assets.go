package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// KubernetesVersion that is built, tested and developed against.
const KubernetesVersion = "v1.37.1"

const module = "github.com/eoepca/workspaces"

// AssetDirs are the folders that programs of the control plane are looked for in, first one first.
func AssetDirs(root string) []string {
	dirs := []string{filepath.Join(root, "bin", "k8s-"+KubernetesVersion)}
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		dirs = append([]string{dir}, dirs...)
	}
	return dirs
}

// findBinaries answers the path of each program that is needed. The folder that KUBEBUILDER_ASSETS names often lacks
// kube-controller-manager, so they may come from different ones.
func findBinaries(o Options) (map[string]string, error) {
	dirs := []string{o.Assets}
	if o.Assets == "" {
		root, err := RepositoryRoot()
		if err != nil {
			return nil, err
		}
		dirs = AssetDirs(root)
	}
	needed := []string{"etcd", "kube-apiserver", "kube-controller-manager"}
	paths := map[string]string{}
	for _, name := range needed {
		for i := len(dirs) - 1; i >= 0; i-- {
			path := filepath.Join(dirs[i], name)
			if _, err := os.Stat(path); err == nil {
				paths[name] = path
			}
		}
		if paths[name] == "" && (name != "kube-controller-manager" || o.ControllerManager) {
			return nil, fmt.Errorf("%s is missing in %s: run `make tools`", name, strings.Join(dirs, " and "))
		}
	}
	return paths, nil
}

// Program is the path of a program that was built along with the control plane, such as kubectl.
func Program(name string) (string, error) {
	root, err := RepositoryRoot()
	if err != nil {
		return "", err
	}
	for _, dir := range AssetDirs(root) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is missing: run `make tools`", name)
}

// RepositoryRoot finds the folder of the module's go.mod at or above the working directory.
func RepositoryRoot() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module "+module+"\n") {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not inside a checkout of %s", start, module)
		}
	}
}

package credentials

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// The fields of Docker's config.json. It keeps what a plugin has under "plugins" when it writes the file itself.
const (
	fieldHelpers = "credHelpers"
	fieldPlugins = "plugins"
)

func dockerConfigPath(f *util.Factory) (string, error) {
	if f.Getenv("DOCKER_CONFIG") != "" {
		dir, err := home(f, "DOCKER_CONFIG")
		return filepath.Join(dir, "config.json"), err
	}
	return home(f, "", ".docker", "config.json")
}

// registerHelper makes the plugin the helper of a registry, called with these flags for its keys.
func registerHelper(config []byte, registry string, flags []string, force bool) (string, error) {
	file, err := parseObject(config)
	if err != nil {
		return "", err
	}
	helpers, err := parseObject(file.get(fieldHelpers))
	if err != nil {
		return "", fmt.Errorf("%s: %w", fieldHelpers, err)
	}
	if other := helpers.get(registry); other != nil && string(other) != `"`+helperName+`"` && !force {
		conflict := util.Errorf(util.ExitConflict, "registry %q has the credential helper %s already", registry, other)
		conflict.Hint = "--force replaces it"
		return "", conflict
	}
	plugins, err := parseObject(file.get(fieldPlugins))
	if err != nil {
		return "", fmt.Errorf("%s: %w", fieldPlugins, err)
	}
	own, err := parseObject(plugins.get(helperName))
	if err != nil {
		return "", fmt.Errorf("%s.%s: %w", fieldPlugins, helperName, err)
	}
	// Docker wants values there to be text.
	text, err := json.Marshal(flags)
	if err != nil {
		return "", err
	}
	err = errors.Join(helpers.set(registry, helperName), own.set(registry, string(text)), plugins.set(helperName, own), file.set(fieldHelpers, helpers), file.set(fieldPlugins, plugins))
	if err != nil {
		return "", err
	}
	return file.text()
}

// registeredHelpers are the flags for each registry.
func registeredHelpers(f *util.Factory) (map[string][]string, error) {
	path, err := dockerConfigPath(f)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var config struct {
		Plugins map[string]map[string]string `json:"plugins"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	registries := map[string][]string{}
	for registry, text := range config.Plugins[helperName] {
		var flags []string
		if err := json.Unmarshal([]byte(text), &flags); err != nil {
			return nil, fmt.Errorf("%s: %s.%s.%s: %w", path, fieldPlugins, helperName, registry, err)
		}
		registries[registry] = flags
	}
	return registries, nil
}

// object is a JSON object whose fields keep their order, and their values as they are written.
type object struct{ fields []field }

type field struct {
	name  string
	value json.RawMessage
}

// parseObject reads an object; nothing is an empty one.
func parseObject(text []byte) (*object, error) {
	o := &object{}
	if text = bytes.TrimSpace(text); len(text) == 0 || string(text) == "null" {
		return o, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.Join(errors.New("not a JSON object"), err)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		f := field{name: name.(string)}
		if err := decoder.Decode(&f.value); err != nil {
			return nil, err
		}
		o.fields = append(o.fields, f)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *object) get(name string) json.RawMessage {
	for _, f := range o.fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// set replaces a field's value, or adds it at the end.
func (o *object) set(name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	for i := range o.fields {
		if o.fields[i].name == name {
			o.fields[i].value = text
			return nil
		}
	}
	o.fields = append(o.fields, field{name, text})
	return nil
}

// MarshalJSON keeps the order.
func (o *object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, f := range o.fields {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(f.value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// text is the object as Docker writes it.
func (o *object) text() (string, error) {
	compact, err := o.MarshalJSON()
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = json.Indent(&out, compact, "", "\t")
	return out.String(), err
}

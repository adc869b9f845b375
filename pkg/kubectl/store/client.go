package store

import (
	"cmp"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// address is where a store listens.
type address struct{ host, port string }

func (a address) String() string { return net.JoinHostPort(a.host, a.port) }

// client is a program that speaks with a store. Its arguments are seen by all users of the machine, so what is secret is in
// its environment alone.
type client struct {
	command []string
	env     map[string]string
	// shown is the command as a person may type it, who is then asked for what is secret; without an environment.
	shown []string
}

// engines make clients, by type of store. The values are those of the store's credentials.
var engines = map[string]func(name string, values map[string]string, at address, database string) client{
	databases: postgres,
	documents: mongo,
	caches:    redis,
	vectors:   qdrant,
}

// defaultPorts are for providers that do not tell.
var defaultPorts = map[string]string{databases: "5432", documents: "27017", caches: "6379", vectors: "6333"}

func postgres(_ string, values map[string]string, at address, database string) client {
	if database == "" {
		database, _, _ = strings.Cut(values["DATABASES"], ",")
	}
	return client{
		command: []string{"psql"},
		env: map[string]string{
			"PGHOST": at.host, "PGPORT": at.port, "PGUSER": values["USER"], "PGPASSWORD": values["PASSWORD"], "PGDATABASE": database,
		},
		shown: []string{"psql", "-h", at.host, "-p", at.port, "-U", values["USER"], "-d", database},
	}
}

func mongo(name string, values map[string]string, at address, database string) client {
	database = cmp.Or(database, values["DATABASE"], name)
	source := cmp.Or(values["AUTH_SOURCE"], "admin")
	// directConnection: what is reached is one member, and not where the others say that they are.
	uri := url.URL{Scheme: "mongodb", Host: at.String(), Path: "/" + database,
		RawQuery: url.Values{"authSource": {source}, "directConnection": {"true"}}.Encode()}
	uri.User = url.UserPassword(values["USER"], values["PASSWORD"])
	return client{
		// mongosh takes no password from its environment, but a script does.
		command: []string{"mongosh", "--nodb", "--shell", "--eval", "db = connect(process.env.MONGO_URI)"},
		env:     map[string]string{"MONGO_URI": uri.String()},
		shown: []string{"mongosh", "--host", at.host, "--port", at.port, "--username", values["USER"],
			"--authenticationDatabase", source, database},
	}
}

func redis(_ string, values map[string]string, at address, database string) client {
	command := []string{"redis-cli", "-h", at.host, "-p", at.port}
	if user := values["USER"]; user != "" {
		command = append(command, "--user", user)
	}
	if database = cmp.Or(database, values["DATABASE"]); database != "" {
		command = append(command, "-n", database)
	}
	return client{
		command: command,
		env:     map[string]string{"REDISCLI_AUTH": values["PASSWORD"], "REDIS_HOST": at.host, "REDIS_PORT": at.port, "REDIS_USER": values["USER"]},
		shown:   append(slices.Clone(command), "--askpass"),
	}
}

// qdrant has no program of its own: it speaks HTTP.
func qdrant(_ string, values map[string]string, at address, _ string) client {
	page := "http://" + at.String()
	return client{
		env:   map[string]string{"QDRANT_URL": page, "QDRANT_API_KEY": values["API_KEY"]},
		shown: []string{"curl", page + "/collections"},
	}
}

// environment is that of the program: ours, and what the client needs.
func (c client) environment(ours []string) []string {
	environment := slices.Clone(ours)
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		environment = append(environment, name+"="+c.env[name])
	}
	return environment
}

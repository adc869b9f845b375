package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kruntime "k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

func alice() *v1alpha1.Workspace {
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace},
		Spec: v1alpha1.WorkspaceSpec{Stores: v1alpha1.Stores{
			Databases: []v1alpha1.Database{{Name: "pg0", Databases: []string{"dev", "prod"}, Storage: "1Gi", BackupStorage: "10Gi"}},
			Caches:    []v1alpha1.Store{{Name: "prod", Storage: "2Gi"}},
			Documents: []v1alpha1.Store{{Name: "prod", Storage: "10Gi"}},
			Vectors:   []v1alpha1.Store{{Name: "vec", Storage: "1Gi"}},
		}},
	}
}

func TestStores(t *testing.T) {
	for _, test := range []struct {
		promise string
		args    string
		typed   string
		want    kubectltest.Result
		// stores that are left, as TYPE/NAME; nil: those that were there.
		left []string
	}{
		{promise: "list shows all types", args: "list", want: kubectltest.Result{Out: "" +
			"NAME   TYPE        STORAGE   BACKUP\n" +
			"pg0    databases   1Gi       10Gi\n" +
			"vec    vectors     1Gi       \n" +
			"prod   caches      2Gi       \n" +
			"prod   documents   10Gi      \n"}},
		{promise: "list of databases", args: "list -o jsonpath={.items[0].databases}", want: kubectltest.Result{Out: `["dev","prod"]`}},
		{promise: "list of names", args: "list -o name", want: kubectltest.Result{Out: "store/pg0\nstore/vec\nstore/prod\nstore/prod\n"}},

		{promise: "create a host, with one database at least", args: "create pg1 --type databases --no-wait",
			want: kubectltest.Result{Out: "store/pg1 created\n"},
			left: []string{"databases/pg0=dev,prod", "databases/pg1=pg1", "vectors/vec", "caches/prod", "documents/prod"}},
		{promise: "create a host, with those that are named", args: "create pg1 --type database --database a --database b --no-wait",
			want: kubectltest.Result{Out: "store/pg1 created\n"},
			left: []string{"databases/pg0=dev,prod", "databases/pg1=a,b", "vectors/vec", "caches/prod", "documents/prod"}},
		{promise: "a name may be that of a store of another type", args: "create prod --type vectors --storage 3Gi --no-wait",
			want: kubectltest.Result{Out: "store/prod created\n"},
			left: []string{"databases/pg0=dev,prod", "vectors/vec", "vectors/prod", "caches/prod", "documents/prod"}},
		{promise: "not of the same", args: "create prod --type caches", want: kubectltest.Result{Code: 6,
			Err: "error: workspace \"ws-alice\" has a store \"prod\" of the type caches already\n"}},
		{promise: "the type must be said", args: "create x", want: kubectltest.Result{Code: 2,
			Err: "error: which type of store? give --type databases|vectors|caches|documents\n  hint: kubectl workspace store create --help\n"}},
		{promise: "databases are for databases", args: "create x --type caches --database y", want: kubectltest.Result{Code: 2,
			Err: "error: --database is for --type databases, not for caches\n  hint: kubectl workspace store create --help\n"}},
		{promise: "so are backups", args: "create x --type caches --backup-storage 1Gi", want: kubectltest.Result{Code: 2,
			Err: "error: --backup-storage is for --type databases, not for caches\n  hint: kubectl workspace store create --help\n"}},

		{promise: "delete with the name typed", args: "delete pg0 --no-wait", typed: "pg0\n",
			want: kubectltest.Result{Out: "store/pg0 deleted\n",
				Err: `Store pg0 (databases) of workspace ws-alice is deleted, with all data in it. Type "pg0" to go on: `},
			left: []string{"vectors/vec", "caches/prod", "documents/prod"}},
		{promise: "delete with another name typed", args: "delete pg0 --no-wait", typed: "y\n",
			want: kubectltest.Result{Code: 1,
				Err: `Store pg0 (databases) of workspace ws-alice is deleted, with all data in it. Type "pg0" to go on: ` +
					"error: not agreed: nothing was changed\n"}},
		{promise: "delete where nobody can be asked", args: "delete pg0", want: kubectltest.Result{Code: 2,
			Err: "error: Store pg0 of workspace ws-alice is deleted, with all data in it. Nobody can be asked here: agree with --yes\n" +
				"  hint: kubectl workspace store delete --help\n"}},
		{promise: "delete one of several of a name", args: "delete prod --yes", want: kubectltest.Result{Code: 2,
			Err: "error: workspace \"ws-alice\" has several stores \"prod\": say which with --type caches or documents\n"}},
		{promise: "delete with the type said", args: "delete prod --type caches --yes --no-wait", want: kubectltest.Result{Out: "store/prod deleted\n"},
			left: []string{"databases/pg0=dev,prod", "vectors/vec", "documents/prod"}},
		{promise: "nobody is asked about what is not there", args: "delete x", typed: "x\n", want: kubectltest.Result{Code: 5,
			Err: "error: workspace \"ws-alice\" has no store \"x\": it has pg0 (databases), prod (caches), prod (documents), vec (vectors)\n"}},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, alice())
			p.Typed = test.typed
			got := p.Run(append([]string{"store", "--workspace", "ws-alice"}, strings.Fields(test.args)...)...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.args, diff)
			}
			if test.left == nil {
				test.left = stores(alice())
			}
			ws, err := p.Server.EoepcaV1alpha1().Workspaces(kubectltest.Namespace).Get(t.Context(), "ws-alice", metav1.GetOptions{})
			if diff := cmp.Diff(test.left, stores(ws)); err != nil || diff != "" {
				t.Errorf("%s: %v, left (-want +got):\n%s", test.args, err, diff)
			}
		})
	}
}

func stores(ws *v1alpha1.Workspace) (all []string) {
	for _, d := range ws.Spec.Stores.Databases {
		all = append(all, "databases/"+d.Name+"="+strings.Join(d.Databases, ","))
	}
	for _, kind := range []struct {
		name   string
		stores []v1alpha1.Store
	}{{"vectors", ws.Spec.Stores.Vectors}, {"caches", ws.Spec.Stores.Caches}, {"documents", ws.Spec.Stores.Documents}} {
		for _, s := range kind.stores {
			all = append(all, kind.name+"/"+s.Name)
		}
	}
	return all
}

func TestTypesThatTheClusterCanRunAreCompleted(t *testing.T) {
	available := &v1alpha1.StoreType{ObjectMeta: metav1.ObjectMeta{Name: "caches"}, Status: v1alpha1.StoreTypeStatus{Available: true}}
	not := &v1alpha1.StoreType{ObjectMeta: metav1.ObjectMeta{Name: "vectors"}}
	got := kubectltest.New(t, available, not).Run("__complete", "store", "create", "x", "--type", "")
	if !strings.HasPrefix(got.Out, "caches\n:4") {
		t.Errorf("offered %q, want caches alone", got.Out)
	}
}

// keys are what the provider has made for the stores.
func keys(host string) *v1alpha1.WorkspaceCredentials {
	return &v1alpha1.WorkspaceCredentials{Stores: []v1alpha1.StoreCredentials{
		{Type: "databases", Name: "pg0", Values: map[string]string{
			"HOST": host, "PORT": "5432", "USER": "alice", "PASSWORD": "it's secret", "DATABASES": "dev,prod"}},
		{Type: "caches", Name: "prod", Values: map[string]string{"HOST": host, "PORT": "6379", "USER": "default", "DATABASE": "0", "PASSWORD": "it's secret"}},
		{Type: "documents", Name: "prod", Values: map[string]string{
			"HOST": host, "PORT": "27017", "USER": "alice", "DATABASE": "prod", "AUTH_SOURCE": "admin", "PASSWORD": "it's secret"}},
		{Type: "vectors", Name: "vec", Values: map[string]string{"HOST": host, "PORT": "6333", "API_KEY": "it's secret"}},
	}}
}

// clients plays the programs: each tells how it was called, and what it finds in its environment.
func clients(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\necho \"${0##*/} $*\"\nenv | grep -E '^(PG|REDIS|MONGO|QDRANT)' | sort\nexit ${CODE:-0}\n"
	for _, name := range []string{"psql", "redis-cli", "mongosh", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func TestConnect(t *testing.T) {
	external := keys("postgres-pg0.ws-alice.svc.cluster.local")
	external.Stores[0].Values["HOST_EXTERNAL"] = "pg.example.org"
	for _, test := range []struct {
		promise string
		args    string
		keys    *v1alpha1.WorkspaceCredentials
		refuse  bool
		env     string
		code    int
		out     string
		err     string
	}{
		{promise: "psql has all in its environment", args: "pg0", keys: keys("pg.example.org"),
			out: "psql \nPGDATABASE=dev\nPGHOST=pg.example.org\nPGPASSWORD=it's secret\nPGPORT=5432\nPGUSER=alice\n"},
		{promise: "another database", args: "pg0 --database prod", keys: keys("pg.example.org"),
			out: "psql \nPGDATABASE=prod\nPGHOST=pg.example.org\nPGPASSWORD=it's secret\nPGPORT=5432\nPGUSER=alice\n"},
		{promise: "another program, with its arguments", args: "pg0 -- other --schema-only -n x", keys: keys("pg.example.org"),
			out: "other --schema-only -n x\nPGDATABASE=dev\nPGHOST=pg.example.org\nPGPASSWORD=it's secret\nPGPORT=5432\nPGUSER=alice\n"},
		{promise: "redis-cli has the password in its environment", args: "prod --type caches", keys: keys("redis.example.org"),
			out: "redis-cli -h redis.example.org -p 6379 --user default -n 0\n" +
				"REDISCLI_AUTH=it's secret\nREDIS_HOST=redis.example.org\nREDIS_PORT=6379\nREDIS_USER=default\n"},
		{promise: "mongosh reads its address from the environment", args: "prod --type documents", keys: keys("mongo.example.org"),
			out: "mongosh --nodb --shell --eval db = connect(process.env.MONGO_URI)\n" +
				"MONGO_URI=mongodb://alice:it%27s%20secret@mongo.example.org:27017/prod?authSource=admin&directConnection=true\n"},
		{promise: "vectors have no program", args: "vec", keys: keys("qdrant.example.org"), code: 2, err: "give a COMMAND after --"},
		{promise: "but an environment", args: "vec -- other", keys: keys("qdrant.example.org"),
			out: "other \nQDRANT_API_KEY=it's secret\nQDRANT_URL=http://qdrant.example.org:6333\n"},
		{promise: "the exit code is the client's", args: "pg0 -- sh -c exit${IFS}7", keys: keys("pg.example.org"), code: 7},
		{promise: "a program that is not there", args: "pg0 -- no-such-program", keys: keys("pg.example.org"), code: 1, err: "hint: install no-such-program"},
		{promise: "a service that is not there", args: "prod --type caches", keys: keys("redis-prod.ws-alice.svc"), code: 5,
			err: `the store's Service "redis-prod" is not in the namespace "ws-alice"`},
		{promise: "one that may not be seen", args: "prod --type caches", keys: keys("redis-prod.ws-alice.svc"), refuse: true, code: 4,
			err: "you need get on services, list and get on pods and create on pods/portforward in the namespace ws-alice"},
		{promise: "one that has a name outside of the cluster", args: "pg0", keys: external, refuse: true,
			out: "psql \nPGDATABASE=dev\nPGHOST=pg.example.org\nPGPASSWORD=it's secret\nPGPORT=5432\nPGUSER=alice\n"},
		{promise: "a store without keys", args: "pg0", keys: &v1alpha1.WorkspaceCredentials{}, code: 3, err: "has no keys yet"},
		{promise: "one that is not there", args: "x", keys: keys(""), code: 5, err: `has no store "x"`},
		{promise: "one of several", args: "prod", keys: keys(""), code: 2, err: "say which with --type caches or documents"},
		{promise: "no name", args: "-- psql", keys: keys(""), code: 2, err: "give exactly one NAME"},
		{promise: "--print with a command", args: "pg0 --print -- psql", keys: keys(""), code: 2, err: "--print shows the usual client"},
		{promise: "--print shows what may be seen", args: "pg0 --print", keys: external,
			out: "psql -h postgres-pg0.ws-alice.svc.cluster.local -p 5432 -U alice -d dev\n",
			err: "kubectl port-forward -n ws-alice service/postgres-pg0 5432"},
		{promise: "--print for caches", args: "prod --type caches --print", keys: keys("r"), out: "redis-cli -h r -p 6379 --user default -n 0 --askpass\n"},
		{promise: "--print for documents", args: "prod --type documents --print", keys: keys("m"),
			out: "mongosh --host m --port 27017 --username alice --authenticationDatabase admin prod\n"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			clients(t)
			p := kubectltest.New(t, alice())
			p.Server.PrependReactor("get", "*", func(action clienttesting.Action) (bool, kruntime.Object, error) {
				return action.GetSubresource() == "credentials", test.keys, nil
			})
			if test.refuse {
				p.Cluster.PrependReactor("get", "services", func(clienttesting.Action) (bool, kruntime.Object, error) {
					return true, nil, apierrors.NewForbidden(corev1.Resource("services"), "redis-prod", nil)
				})
			}
			args := strings.Fields(test.args)
			for i := range args {
				args[i] = strings.ReplaceAll(args[i], "${IFS}", " ")
			}
			got := p.Run(slices.Concat([]string{"store", "connect", "--workspace", "ws-alice"}, args)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) {
				t.Errorf("%+v\nwant code %d, stdout %q, stderr with %q", got, test.code, test.out, test.err)
			}
			if strings.Contains(got.Err, "secret") {
				t.Errorf("stderr tells what is secret: %q", got.Err)
			}
		})
	}
}

"""What users of the Python client rely on: its untyped API, its watches, and its dynamic client."""

import json
import os
import unittest

from kubernetes import client, config, dynamic, watch

NAMESPACE = os.environ["NAMESPACE"]
WORKSPACES = ("eoepca.org", "v1alpha1", NAMESPACE, "workspaces")


def workspace(name, **spec):
    base = {"owner": "alice", "storage": {"principal": f"{name}-{NAMESPACE}", "buckets": [{"name": f"{name}-{NAMESPACE}"}]}}
    return {
        "apiVersion": "eoepca.org/v1alpha1",
        "kind": "Workspace",
        "metadata": {"name": name},
        "spec": {**base, **spec},
    }


def ready(obj):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in obj["status"]["conditions"])


class Objects(unittest.TestCase):
    """CustomObjectsApi, which is what most scripts use."""

    def setUp(self):
        self.api = client.CustomObjectsApi()

    def test_from_creation_to_deletion(self):
        made = self.api.create_namespaced_custom_object(*WORKSPACES, workspace("objects"))
        self.assertEqual("objects", made["metadata"]["name"])
        got = self.api.get_namespaced_custom_object(*WORKSPACES, "objects")
        self.assertEqual(made["metadata"]["uid"], got["metadata"]["uid"])
        listed = self.api.list_namespaced_custom_object(*WORKSPACES, field_selector="metadata.name=objects")
        self.assertEqual(["objects"], [o["metadata"]["name"] for o in listed["items"]])
        self.assertTrue(listed["metadata"]["resourceVersion"])

        patched = self.api.patch_namespaced_custom_object(*WORKSPACES, "objects", {"spec": {"owner": "bob"}})
        self.assertEqual("bob", patched["spec"]["owner"])
        patched["spec"]["owner"] = "carol"
        # What the providers have told meanwhile is another version, which a replacement must name.
        patched["metadata"]["resourceVersion"] = self.wait_until_ready("objects")["metadata"]["resourceVersion"]
        replaced = self.api.replace_namespaced_custom_object(*WORKSPACES, "objects", patched)
        self.assertEqual("carol", replaced["spec"]["owner"])
        with self.assertRaises(client.ApiException) as refused:
            self.api.replace_namespaced_custom_object(*WORKSPACES, "objects", patched)
        self.assertEqual(409, refused.exception.status)
        status = self.api.get_namespaced_custom_object_status(*WORKSPACES, "objects")
        self.assertIn("conditions", status["status"])

        self.api.delete_namespaced_custom_object(*WORKSPACES, "objects", propagation_policy="Foreground")
        seen = watch.Watch()
        for event in seen.stream(
            self.api.list_namespaced_custom_object, *WORKSPACES,
            field_selector="metadata.name=objects", resource_version=made["metadata"]["resourceVersion"], timeout_seconds=60,
        ):
            if event["type"] == "DELETED":
                seen.stop()
        with self.assertRaises(client.ApiException) as missing:
            self.api.get_namespaced_custom_object(*WORKSPACES, "objects")
        self.assertEqual(404, missing.exception.status)

    def wait_until_ready(self, name):
        seen = watch.Watch()
        for event in seen.stream(
            self.api.list_namespaced_custom_object, *WORKSPACES, field_selector=f"metadata.name={name}", timeout_seconds=60
        ):
            obj = event["object"]
            if ready(obj) and obj["status"]["observedGeneration"] == obj["metadata"]["generation"]:
                seen.stop()
                return obj
        self.fail(f"{name} does not become ready")

    def test_pages(self):
        for name in "page-a", "page-b", "page-c":
            self.api.create_namespaced_custom_object(
                *WORKSPACES, {**workspace(name), "metadata": {"name": name, "labels": {"test": "pages"}}}
            )
        names, token = [], None
        while token != "":
            page = self.api.list_namespaced_custom_object(*WORKSPACES, label_selector="test=pages", limit=1, _continue=token or "")
            names += [o["metadata"]["name"] for o in page["items"]]
            token = page["metadata"].get("continue", "")
        self.assertEqual(["page-a", "page-b", "page-c"], names)

    def test_mistakes_are_named(self):
        with self.assertRaises(client.ApiException) as refused:
            self.api.create_namespaced_custom_object(*WORKSPACES, workspace("wrong", members=[{"name": "bob", "role": "Boss"}]))
        self.assertEqual(422, refused.exception.status)
        causes = json.loads(refused.exception.body)["details"]["causes"]
        self.assertEqual("spec.members[0].role", causes[0]["field"])

    def test_forbidden(self):
        with self.assertRaises(client.ApiException) as refused:
            self.api.create_namespaced_custom_object("eoepca.org", "v1alpha1", "default", "workspaces", workspace("elsewhere"))
        self.assertEqual(403, refused.exception.status)


class Watches(unittest.TestCase):
    def test_events_come_once_and_in_order(self):
        api = client.CustomObjectsApi()
        begin = api.list_namespaced_custom_object(*WORKSPACES)["metadata"]["resourceVersion"]
        api.create_namespaced_custom_object(*WORKSPACES, workspace("watched"))
        api.patch_namespaced_custom_object(*WORKSPACES, "watched", {"metadata": {"labels": {"step": "2"}}})
        api.delete_namespaced_custom_object(*WORKSPACES, "watched")
        kinds, versions, seen = [], [], watch.Watch()
        for event in seen.stream(
            api.list_namespaced_custom_object, *WORKSPACES,
            field_selector="metadata.name=watched", resource_version=begin, timeout_seconds=60,
        ):
            kinds.append(event["type"])
            versions.append(int(event["object"]["metadata"]["resourceVersion"]))
            if event["type"] == "DELETED":
                seen.stop()
        self.assertEqual("ADDED", kinds[0])
        self.assertEqual({"MODIFIED"}, set(kinds[1:-1]))
        self.assertEqual("DELETED", kinds[-1])
        self.assertEqual(sorted(set(versions)), versions)


class Dynamic(unittest.TestCase):
    """The dynamic client, which discovers what there is."""

    @classmethod
    def setUpClass(cls):
        cls.client = dynamic.DynamicClient(client.ApiClient())
        cls.workspaces = cls.client.resources.get(api_version="eoepca.org/v1alpha1", kind="Workspace")

    def test_discovery(self):
        self.assertEqual("workspaces", self.workspaces.name)
        self.assertTrue(self.workspaces.namespaced)
        self.assertEqual("Workspace", self.client.resources.get(short_names=["wks"]).kind)
        self.assertLessEqual({"create", "delete", "get", "list", "patch", "update", "watch"}, set(self.workspaces.verbs))
        self.assertLessEqual({"credentials", "launch", "sessions", "status"}, set(self.workspaces.subresources))

    def apply(self, name, spec, manager, **options):
        body = {"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": {"name": name}, "spec": spec}
        # As text: this version of the client cannot encode what it applies.
        return self.workspaces.server_side_apply(
            body=json.dumps(body), name=name, namespace=NAMESPACE, field_manager=manager, **options
        )

    def test_server_side_apply(self):
        made = self.apply("applied", workspace("applied")["spec"], "first")
        self.assertEqual([("first", "Apply")], [(m.manager, m.operation) for m in made.metadata.managedFields])
        both = self.apply("applied", {"members": [{"name": "bob"}]}, "second")
        self.assertEqual("alice", both.spec.owner)
        self.assertEqual(["bob"], [m.name for m in both.spec.members])
        with self.assertRaises(dynamic.exceptions.ConflictError) as conflict:
            self.apply("applied", {"owner": "erin", "members": [{"name": "bob"}]}, "second")
        self.assertIn('conflict with "first"', conflict.exception.summary())
        self.assertIn(".spec.owner", conflict.exception.summary())
        forced = self.apply("applied", {"owner": "erin"}, "second", force_conflicts=True)
        self.assertEqual("erin", forced.spec.owner)
        self.assertIsNone(forced.spec.members)

    def test_patches(self):
        body = workspace("patched", members=[{"name": "bob"}])
        self.workspaces.create(body=body, namespace=NAMESPACE)
        merged = self.workspaces.patch(name="patched", namespace=NAMESPACE, body={"spec": {"members": [{"name": "carol"}]}})
        self.assertEqual({"bob", "carol"}, {m.name for m in merged.spec.members})  # strategic: items are known by their names
        replaced = self.workspaces.patch(
            name="patched", namespace=NAMESPACE, body={"spec": {"members": [{"name": "dave"}]}},
            content_type="application/merge-patch+json",
        )
        self.assertEqual(["dave"], [m.name for m in replaced.spec.members])
        pointed = self.workspaces.patch(
            name="patched", namespace=NAMESPACE, body=[{"op": "replace", "path": "/spec/owner", "value": "erin"}],
            content_type="application/json-patch+json",
        )
        self.assertEqual("erin", pointed.spec.owner)
        dry = self.workspaces.patch(name="patched", namespace=NAMESPACE, body={"spec": {"owner": "frank"}}, dry_run="All")
        self.assertEqual("frank", dry.spec.owner)
        self.assertEqual("erin", self.workspaces.get(name="patched", namespace=NAMESPACE).spec.owner)
        section = self.workspaces.subresources["sessions"]
        changed = section.patch(name="patched", namespace=NAMESPACE, body={"spec": {"sessions": [{"name": "lab", "state": "Stopped"}]}})
        self.assertIn("lab", [s.name for s in changed.spec.sessions])

    def test_watch_until_ready_and_deletion(self):
        made = self.workspaces.create(body=workspace("dynamic"), namespace=NAMESPACE)
        version, what = made.metadata.resourceVersion, {"namespace": NAMESPACE, "field_selector": "metadata.name=dynamic", "timeout": 60}
        became_ready = False
        for event in self.workspaces.watch(resource_version=version, **what):
            version = event["object"].metadata.resourceVersion
            if ready(event["raw_object"]):
                became_ready = True
                break
        self.assertTrue(became_ready)
        self.workspaces.delete(name="dynamic", namespace=NAMESPACE)
        kinds = []
        for event in self.workspaces.watch(resource_version=version, **what):
            kinds.append(event["type"])
            if event["type"] == "DELETED":
                break
        self.assertEqual("DELETED", kinds[-1])
        with self.assertRaises(dynamic.exceptions.NotFoundError):
            self.workspaces.get(name="dynamic", namespace=NAMESPACE)


if __name__ == "__main__":
    config.load_kube_config()
    unittest.main(warnings="ignore")

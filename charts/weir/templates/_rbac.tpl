{{- /* The rules of one kind in a file of rbac/, which are all that Weir's rights are written in. Argument: root, file and kind. */ -}}
{{- define "weir.rules" -}}
{{- $rules := list -}}
{{- range $document := splitList "\n---\n" (.root.Files.Get (printf "rbac/%s.yaml" .file)) -}}
{{- $role := fromYaml $document -}}
{{- if eq $role.kind $.kind -}}
{{- $rules = concat $rules $role.rules -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{- /* The scaler's, without Secrets where files bring them. */ -}}
{{- define "weir.scalerRules" -}}
{{- $rules := list -}}
{{- range include "weir.rules" (dict "root" . "file" "scaler" "kind" "ClusterRole") | fromYamlArray -}}
{{- if not (and $.Values.scaler.tenantSecrets (has "secrets" .resources)) -}}
{{- $rules = append $rules . -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{- /* Binds a role to the ServiceAccount of a component. Argument: root, component, values, kind and name of the role. */ -}}
{{- define "weir.binding" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .role }}
subjects:
  - kind: ServiceAccount
    name: {{ include "weir.serviceAccountName" . }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}

{{- /* Namespaces in which the controller looks after pools: also that of the pools that the values make. */ -}}
{{- define "weir.poolNamespaces" -}}
{{- $namespaces := .Values.controller.poolNamespaces -}}
{{- with .Values.controller.defaultPool -}}
{{- $namespaces = append $namespaces (splitList "/" . | first) -}}
{{- end -}}
{{- if .Values.pools -}}
{{- $namespaces = append $namespaces .Release.Namespace -}}
{{- end -}}
{{- toYaml (uniq $namespaces) -}}
{{- end -}}

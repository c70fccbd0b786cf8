{{- define "weir.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "weir.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "weir.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "weir.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Names of objects without a namespace: two releases of one name may be in two namespaces. */ -}}
{{- define "weir.clusterName" -}}
{{- if eq .Release.Namespace (include "weir.fullname" .) -}}
{{- include "weir.fullname" . -}}
{{- else -}}
{{- printf "%s-%s" .Release.Namespace (include "weir.fullname" .) | trunc 100 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "weir.scalerHost" -}}
{{ include "weir.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end -}}

{{- define "weir.scalerAddress" -}}
{{ include "weir.scalerHost" . }}:{{ .Values.scaler.service.port }}
{{- end -}}

{{- /* Labels of every object, beside its selector and the values' commonLabels. */ -}}
{{- define "weir.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: weir
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{- /* What a selector says; never changed. Argument: root and component. */ -}}
{{- define "weir.selector" -}}
app.kubernetes.io/name: {{ include "weir.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "weir.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "weir.fullname" .root) .component) }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "weir.allLabels" . | nindent 2 }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* The same without a namespace. */ -}}
{{- define "weir.clusterMetadata" -}}
name: {{ .name | default (printf "%s-%s" (include "weir.clusterName" .root) .component) }}
labels:
  {{- include "weir.allLabels" . | nindent 2 }}
{{- end -}}

{{- /* Argument: root and component; labels of this object alone, or none. Ours stand over those of the values. */ -}}
{{- define "weir.allLabels" -}}
{{- $ours := merge (include "weir.selector" . | fromYaml) (include "weir.labels" .root | fromYaml) -}}
{{- merge $ours (.labels | default dict) .root.Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "weir.image" -}}
{{- $image := .Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- /* Argument: root, component and values. */ -}}
{{- define "weir.serviceAccountName" -}}
{{- if .values.serviceAccount.create -}}
{{- .values.serviceAccount.name | default (printf "%s-%s" (include "weir.fullname" .root) .component) -}}
{{- else -}}
{{- .values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- /* Names of what TLS needs, wherever it comes from. */ -}}
{{- define "weir.tls.secretName" -}}
{{- if eq .Values.tls.source "secret" -}}
{{- .Values.tls.secretName -}}
{{- else -}}
{{- include "weir.fullname" . -}}-tls
{{- end -}}
{{- end -}}

{{- define "weir.tls.controllerSecretName" -}}
{{- if eq .Values.tls.source "secret" -}}
{{- .Values.tls.controllerSecretName -}}
{{- else -}}
{{- include "weir.fullname" . -}}-controller-tls
{{- end -}}
{{- end -}}

{{- define "weir.tls.kedaSecretName" -}}
{{- if eq .Values.tls.source "secret" -}}
{{- .Values.tls.keda.secretName -}}
{{- else -}}
{{- include "weir.clusterName" . -}}-keda-tls
{{- end -}}
{{- end -}}

{{- /* Whether KEDA gets a ClusterTriggerAuthentication of ours; "true" or empty. */ -}}
{{- define "weir.tls.authentication" -}}
{{- if and .Values.tls.enabled .Values.tls.keda.authentication (include "weir.tls.kedaSecretName" .) -}}
true
{{- end -}}
{{- end -}}

{{- define "weir.tls.kedaClient" -}}
keda.{{ include "weir.scalerHost" . }}
{{- end -}}

{{- define "weir.tls.controllerClient" -}}
controller.{{ include "weir.scalerHost" . }}
{{- end -}}

{{- /* The certificates that the chart makes show these two names. */ -}}
{{- define "weir.tls.allowedClients" -}}
{{- if .Values.tls.allowedClients -}}
{{- toYaml .Values.tls.allowedClients -}}
{{- else if ne .Values.tls.source "secret" -}}
{{- toYaml (list (include "weir.tls.kedaClient" .) (include "weir.tls.controllerClient" .)) -}}
{{- else -}}
[]
{{- end -}}
{{- end -}}

{{- define "weir.tls.serverNames" -}}
{{- $service := include "weir.fullname" . -}}
{{- $namespace := .Release.Namespace -}}
{{- toYaml (list (printf "%s.%s.svc" $service $namespace) (printf "%s.%s" $service $namespace) $service (printf "%s.%s.svc.cluster.local" $service $namespace)) -}}
{{- end -}}

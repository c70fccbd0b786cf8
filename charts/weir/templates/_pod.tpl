{{- /* What the pods of both components have in common. Argument: root, component and values. */ -}}
{{- define "weir.podMetadata" -}}
{{- /* Without the chart's version: a new one of that alone restarts nothing. What the selector says stands over all else. */}}
labels:
  {{- $ours := merge (include "weir.selector" . | fromYaml) (dict "app.kubernetes.io/part-of" "weir") }}
  {{- merge $ours .values.podLabels .root.Values.commonLabels | toYaml | nindent 2 }}
{{- $annotations := merge (dict) (.annotations | default dict) .values.podAnnotations }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "weir.podSpec" -}}
serviceAccountName: {{ include "weir.serviceAccountName" . }}
automountServiceAccountToken: {{ .token }}
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- toYaml .values.podSecurityContext | nindent 2 }}
terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
{{- include "weir.spread" . }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "weir.spread" -}}
{{- $selector := dict "matchLabels" (include "weir.selector" . | fromYaml) -}}
{{- $constraints := .values.topologySpreadConstraints -}}
{{- if and (not $constraints) .values.spread -}}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" -}}
{{- $constraints = append $constraints (dict "maxSkew" 1 "topologyKey" $key "whenUnsatisfiable" "ScheduleAnyway") -}}
{{- end -}}
{{- end -}}
{{- with $constraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{ toYaml (merge (dict) . (dict "labelSelector" $selector)) | nindent 4 | trim }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "weir.container" -}}
image: {{ include "weir.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- with .values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .values.securityContext | nindent 2 }}
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
livenessProbe:
  httpGet: {path: /healthz, port: http}
  {{- toYaml .values.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet: {path: /readyz, port: http}
  {{- toYaml .values.readinessProbe | nindent 2 }}
{{- end -}}

{{- define "weir.podDisruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "weir.metadata" . | nindent 2 }}
spec:
  {{- $budget := .values.podDisruptionBudget }}
  {{- if ne (toString $budget.minAvailable) "" }}
  minAvailable: {{ $budget.minAvailable }}
  {{- else if ne (toString $budget.maxUnavailable) "" }}
  maxUnavailable: {{ $budget.maxUnavailable }}
  {{- else }}
  maxUnavailable: 1
  {{- end }}
  # A pod that is not ready holds up no drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "weir.selector" . | nindent 6 }}
{{- end -}}

{{- define "weir.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "weir.metadata" (merge (dict "name" (include "weir.serviceAccountName" .) "annotations" .values.serviceAccount.annotations) .) | nindent 2 }}
# Pods that need a token say so.
automountServiceAccountToken: false
{{- end -}}

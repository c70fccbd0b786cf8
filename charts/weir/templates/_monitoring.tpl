{{- /* One endpoint of a ServiceMonitor or PodMonitor. */ -}}
{{- define "weir.scrape" -}}
- port: http
  path: /metrics
  # Metrics of groups have a namespace of their own.
  honorLabels: true
  {{- with .Values.monitoring.interval }}
  interval: {{ . }}
  {{- end }}
  {{- with .Values.monitoring.scrapeTimeout }}
  scrapeTimeout: {{ . }}
  {{- end }}
  {{- with .Values.monitoring.relabelings }}
  relabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.monitoring.metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- /* Argument: root, component, kind and the key of its endpoints. */ -}}
{{- define "weir.monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ .kind }}
metadata:
  {{- include "weir.metadata" (merge (dict "labels" .root.Values.monitoring.labels) .) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "weir.selector" . | nindent 6 }}
  {{ .endpoints }}:
    {{- include "weir.scrape" .root | nindent 4 }}
{{- end -}}

{{- /* Each pool of the values, filled up from poolDefaults, as a list of what the other templates take. */ -}}
{{- define "weir.pools" -}}
{{- $pools := list -}}
{{- range $name, $pool := .Values.pools -}}
{{- $values := mergeOverwrite (deepCopy $.Values.poolDefaults) ($pool | default dict) -}}
{{- $pools = append $pools (dict "name" $name "component" (printf "pool-%s" $name) "values" $values "token" true) -}}
{{- end -}}
{{- toYaml $pools -}}
{{- end -}}

{{- /* What the controller reads off the StatefulSet. */ -}}
{{- define "weir.pool.annotations" -}}
weir.dev/capacity: {{ .values.capacity | quote }}
weir.dev/min-replicas: {{ .values.minReplicas | quote }}
weir.dev/max-replicas: {{ .values.maxReplicas | quote }}
{{- with .values.maxVReplicasPerNamespace }}
weir.dev/max-vreplicas-per-namespace: {{ . | quote }}
{{- end }}
{{- with .values.allowedNamespaces }}
weir.dev/allowed-namespaces: {{ join "," . | quote }}
{{- end }}
{{- if .values.acknowledge }}
weir.dev/ack: required
{{- end }}
{{- end -}}

{{- /* The names of all pods that the pool may have, which are those of their assignments too. */ -}}
{{- define "weir.pool.podNames" -}}
{{- range $ordinal := until (int .values.maxReplicas) }}
- {{ $.name }}-{{ $ordinal }}
{{- end }}
{{- end -}}

{{- define "weir.validate.pools" -}}
{{- $errors := list -}}
{{- range include "weir.pools" . | fromYamlArray -}}
{{- if not .values.image -}}
{{- $errors = append $errors (printf "pools.%s.image \"\" is empty: name the image of the data plane, here or in poolDefaults" .name) -}}
{{- end -}}
{{- if gt (int .values.minReplicas) (int .values.maxReplicas) -}}
{{- $errors = append $errors (printf "pools.%s.minReplicas %v is above maxReplicas %v" .name .values.minReplicas .values.maxReplicas) -}}
{{- end -}}
{{- $budget := .values.podDisruptionBudget -}}
{{- if and (ne (toString $budget.minAvailable) "") (ne (toString $budget.maxUnavailable) "") -}}
{{- $errors = append $errors (printf "pools.%s.podDisruptionBudget.minAvailable %v cannot stand beside maxUnavailable %v: keep one of them" .name $budget.minAvailable $budget.maxUnavailable) -}}
{{- end -}}
{{- end -}}
{{- toYaml $errors -}}
{{- end -}}

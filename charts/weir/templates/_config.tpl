{{- /* The configuration file of the scaler: what the values say, and what the chart knows. */ -}}
{{- define "weir.config" -}}
{{- $config := dict "listen" (printf "0.0.0.0:%d" (int .Values.scaler.service.port)) "httpListen" (printf "0.0.0.0:%d" (int .Values.scaler.service.httpPort)) -}}
{{- range $key, $value := .Values.config -}}
{{- if kindIs "map" $value -}}
{{- $value = include "weir.withoutEmpty" $value | fromYaml -}}
{{- end -}}
{{- if $value -}}
{{- $_ := set $config $key $value -}}
{{- end -}}
{{- end -}}
{{- if not .Values.scaler.kubernetes -}}
{{- $_ := set $config "kubernetes" (dict "off" true) -}}
{{- else if .Values.watchNamespaces -}}
{{- $_ := set $config "kubernetes" (dict "namespaces" .Values.watchNamespaces) -}}
{{- end -}}
{{- if .Values.statusPage -}}
{{- $_ := set $config "statusPage" true -}}
{{- end -}}
{{- if .Values.scaler.tenantSecrets -}}
{{- $_ := set $config "secretsDir" "/etc/weir/tenants" -}}
{{- end -}}
{{- if .Values.tls.enabled -}}
{{- $tls := dict "certificate" "/etc/weir/tls/tls.crt" "key" "/etc/weir/tls/tls.key" -}}
{{- if .Values.tls.clientAuth -}}
{{- $_ := set $tls "clientCa" "/etc/weir/tls/ca.crt" -}}
{{- with include "weir.tls.allowedClients" . | fromYamlArray -}}
{{- $_ := set $config "callers" (dict "allowedClients" .) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $config "tls" $tls -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- /* A map without those of its values that say nothing. */ -}}
{{- define "weir.withoutEmpty" -}}
{{- $rest := dict -}}
{{- range $key, $value := . -}}
{{- if $value -}}
{{- $_ := set $rest $key $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $rest -}}
{{- end -}}

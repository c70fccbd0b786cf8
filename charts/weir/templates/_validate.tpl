{{- /* What the schema cannot say: options that exclude or need each other. All mistakes at once. */ -}}
{{- define "weir.validate" -}}
{{- $errors := concat (include "weir.validate.config" . | fromYamlArray) (include "weir.validate.tls" . | fromYamlArray) (include "weir.validate.rest" . | fromYamlArray) (include "weir.validate.pools" . | fromYamlArray) -}}
{{- if $errors -}}
{{- fail (printf "\n\n%s\n" (join "\n" $errors)) -}}
{{- end -}}
{{- end -}}

{{- define "weir.validate.config" -}}
{{- $errors := list -}}
{{- range $name, $cluster := .Values.config.clusters -}}
{{- range $key := list "password" "key" "keyPassword" "keytab" "awsSecretAccessKey" "awsSessionToken" -}}
{{- if hasKey ($cluster.auth | default dict) $key -}}
{{- $errors = append $errors (printf "config.clusters.%s.auth.%s would lie in a ConfigMap: put it into a Secret, name that in scaler.secretMounts, and say %sFile: /etc/weir/secrets/SECRET/KEY" $name $key $key) -}}
{{- end -}}
{{- end -}}
{{- if and $cluster.auth $cluster.secret -}}
{{- $errors = append $errors (printf "config.clusters.%s.secret %q cannot stand beside auth: keep one of them" $name $cluster.secret) -}}
{{- end -}}
{{- if and $cluster.secret (not $.Values.scaler.kubernetes) (not $.Values.scaler.tenantSecrets) -}}
{{- $errors = append $errors (printf "config.clusters.%s.secret %q needs a way to Secrets: set scaler.kubernetes to true, or list it in scaler.tenantSecrets" $name $cluster.secret) -}}
{{- end -}}
{{- end -}}
{{- toYaml $errors -}}
{{- end -}}

{{- define "weir.validate.tls" -}}
{{- $errors := list -}}
{{- $tls := .Values.tls -}}
{{- $ours := ne $tls.source "secret" -}}
{{- if not $tls.enabled -}}
{{- if $tls.clientAuth -}}
{{- $errors = append $errors "tls.clientAuth true needs TLS: set tls.enabled to true" -}}
{{- end -}}
{{- else -}}
{{- if and (not $ours) (not $tls.secretName) -}}
{{- $errors = append $errors "tls.secretName \"\" is empty: name the Secret with tls.crt, tls.key and ca.crt, or set tls.source to certManager or generate" -}}
{{- end -}}
{{- if and $ours $tls.secretName -}}
{{- $errors = append $errors (printf "tls.secretName %q cannot stand beside tls.source %s: set tls.source to secret, or leave the name out" $tls.secretName $tls.source) -}}
{{- end -}}
{{- if and (eq $tls.source "certManager") (not $tls.certManager.issuerRef.name) -}}
{{- $errors = append $errors "tls.certManager.issuerRef.name \"\" is empty: name the issuer" -}}
{{- end -}}
{{- if and (eq $tls.source "certManager") (eq $tls.certManager.issuerRef.kind "Issuer") $tls.keda.authentication (ne .Values.keda.namespace .Release.Namespace) -}}
{{- $errors = append $errors (printf "tls.certManager.issuerRef.kind Issuer serves one namespace, and KEDA's certificate lies in %s: use a ClusterIssuer, or set tls.keda.authentication to false" .Values.keda.namespace) -}}
{{- end -}}
{{- if and $tls.clientAuth (not $ours) .Values.controller.enabled (not $tls.controllerSecretName) -}}
{{- $errors = append $errors "tls.controllerSecretName \"\" is empty, and tls.clientAuth true refuses a controller without a certificate: name a Secret with its tls.crt and tls.key" -}}
{{- end -}}
{{- if and $tls.clientAuth (not $ours) (not $tls.allowedClients) .Values.controller.enabled -}}
{{- $errors = append $errors "tls.allowedClients is empty, and the controller's caller would not be believed: list the names in its certificate and in KEDA's" -}}
{{- end -}}
{{- end -}}
{{- if and $tls.allowedClients (not $tls.clientAuth) -}}
{{- $errors = append $errors (printf "tls.allowedClients %v needs tls.clientAuth true: without it no client shows a certificate" $tls.allowedClients) -}}
{{- end -}}
{{- toYaml $errors -}}
{{- end -}}

{{- define "weir.validate.rest" -}}
{{- $errors := list -}}
{{- if .Values.watchNamespaces -}}
{{- if .Values.controller.enabled -}}
{{- $errors = append $errors (printf "watchNamespaces %v binds the scaler, but the controller reads every namespace: set controller.enabled to false, or leave watchNamespaces empty" .Values.watchNamespaces) -}}
{{- end -}}
{{- if not .Values.scaler.kubernetes -}}
{{- $errors = append $errors (printf "watchNamespaces %v cannot stand beside scaler.kubernetes false: leave out one of them" .Values.watchNamespaces) -}}
{{- end -}}
{{- end -}}
{{- if and (not .Values.scaler.kubernetes) .Values.controller.enabled -}}
{{- $errors = append $errors "scaler.kubernetes false leaves the scaler without ConsumerGroups: set it to true, or controller.enabled to false" -}}
{{- end -}}
{{- range $component, $values := dict "scaler" .Values.scaler "controller" .Values.controller -}}
{{- $budget := $values.podDisruptionBudget -}}
{{- if and (ne (toString $budget.minAvailable) "") (ne (toString $budget.maxUnavailable) "") -}}
{{- $errors = append $errors (printf "%s.podDisruptionBudget.minAvailable %v cannot stand beside maxUnavailable %v: keep one of them" $component $budget.minAvailable $budget.maxUnavailable) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.monitoring.serviceMonitor.enabled .Values.monitoring.podMonitor.enabled -}}
{{- $errors = append $errors "monitoring.serviceMonitor.enabled cannot stand beside monitoring.podMonitor.enabled: everything would be scraped twice; keep one of them" -}}
{{- end -}}
{{- if and .Values.scaler.autoscaling.enabled (gt (int .Values.scaler.autoscaling.minReplicas) (int .Values.scaler.autoscaling.maxReplicas)) -}}
{{- $errors = append $errors (printf "scaler.autoscaling.minReplicas %v is above maxReplicas %v" .Values.scaler.autoscaling.minReplicas .Values.scaler.autoscaling.maxReplicas) -}}
{{- end -}}
{{- if le (int .Values.scaler.terminationGracePeriodSeconds) (int .Values.scaler.preStopSleepSeconds) -}}
{{- $errors = append $errors (printf "scaler.terminationGracePeriodSeconds %v leaves no time after preStopSleepSeconds %v: make it longer" .Values.scaler.terminationGracePeriodSeconds .Values.scaler.preStopSleepSeconds) -}}
{{- end -}}
{{- if and .Values.scaler.service.headless (ne .Values.scaler.service.type "ClusterIP") -}}
{{- $errors = append $errors (printf "scaler.service.headless cannot stand beside scaler.service.type %s: use ClusterIP" .Values.scaler.service.type) -}}
{{- end -}}
{{- if eq (int .Values.scaler.service.port) (int .Values.scaler.service.httpPort) -}}
{{- $errors = append $errors (printf "scaler.service.httpPort %v is that of gRPC too: choose another" .Values.scaler.service.httpPort) -}}
{{- end -}}
{{- toYaml $errors -}}
{{- end -}}

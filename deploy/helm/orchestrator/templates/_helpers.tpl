{{- define "orchestrator.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "orchestrator.labels" -}}
{{ include "orchestrator.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "orchestrator.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "orchestrator.secret" -}}
{{- .Values.secrets.existingSecret | default (include "orchestrator.fullname" .) }}
{{- end }}

{{- define "orchestrator.claim" -}}
{{- .Values.artifacts.volume.existingClaim | default (printf "%s-artifacts" (include "orchestrator.fullname" .)) }}
{{- end }}

{{/* What silos and workers have in common: broker, artifacts, telemetry. */}}
{{- define "orchestrator.env" -}}
- name: ORCHESTRATOR_RABBITMQ
  valueFrom: { secretKeyRef: { name: {{ include "orchestrator.secret" .root }}, key: rabbitmq } }
- name: ORCHESTRATOR_ARTIFACTS
  value: {{ .root.Values.artifacts.s3.address | default "/artifacts" | quote }}
{{- with .root.Values.telemetry.otlpEndpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ . | quote }}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: OTEL_RESOURCE_ATTRIBUTES
  value: orchestrator.role={{ $.component }},k8s.pod.name=$(POD_NAME)
{{- end }}
{{- end }}

{{- define "orchestrator.envFrom" -}}
{{- with .Values.artifacts.s3.existingSecret }}
envFrom: [{ secretRef: { name: {{ . }} } }]
{{- end }}
{{- end }}

{{- define "orchestrator.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if not .Values.artifacts.s3.address }}
- { name: artifacts, mountPath: /artifacts }
{{- end }}
{{- end }}

{{- define "orchestrator.volumes" -}}
- { name: tmp, emptyDir: {} }
{{- if not .Values.artifacts.s3.address }}
- name: artifacts
  persistentVolumeClaim: { claimName: {{ include "orchestrator.claim" . }} }
{{- end }}
{{- end }}

{{/* Where pods run, of silo, cpu or gpu. */}}
{{- define "orchestrator.placement" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

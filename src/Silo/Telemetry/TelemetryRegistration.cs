using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orchestrator.Contracts;
using Orchestrator.Grains;

namespace Orchestrator.Silo.Telemetry;

/// <summary>
/// Traces, metrics and logs. Exported over OTLP when the standard variables ask for it (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and
/// its per-signal forms); collected by nobody otherwise, which costs next to nothing.
/// </summary>
public static class TelemetryRegistration
{
    private static readonly string[] Sources = [GrainTelemetry.Name, "Orchestrator.Worker", "Orchestrator.Cli", "MassTransit", "Microsoft.Orleans.Application"];
    private static readonly string[] Meters = [GrainTelemetry.Name, "Orchestrator.Worker", "Orchestrator.Storage", "Microsoft.Orleans", "MassTransit", "System.Runtime"];

    private static readonly string[] Endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    /// <summary>Adds OpenTelemetry where an exporter is configured.</summary>
    public static void AddOrchestratorTelemetry(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (!Wanted(builder))
        {
            return;
        }
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("orchestrator", serviceVersion: Versions.Product))
            .WithTracing(tracing => tracing.AddSource(Sources).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddAspNetCoreInstrumentation())
            .WithLogging()
            .UseOtlpExporter();
        builder.Logging.AddOpenTelemetry(logging => logging.IncludeScopes = true);
    }

    private static bool Wanted(IHostApplicationBuilder builder) => Endpoints.Any(name => !string.IsNullOrEmpty(builder.Configuration[name]));
}

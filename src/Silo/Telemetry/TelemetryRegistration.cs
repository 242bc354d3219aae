using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orchestrator.Contracts;
using Orchestrator.Grains;
using Orchestrator.Messaging;

namespace Orchestrator.Silo.Telemetry;

/// <summary>
/// Traces, metrics and logs. Exported over OTLP when the standard variables ask for it (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and
/// its per-signal forms); collected by nobody otherwise, which costs next to nothing.
/// </summary>
public static class TelemetryRegistration
{
    private static readonly string[] Sources = [GrainTelemetry.Name, "Orchestrator.Worker", "Orchestrator.Cli", "MassTransit", "Microsoft.Orleans.Application"];
    private static readonly string[] Meters = [GrainTelemetry.Name, "Orchestrator.Worker", "Orchestrator.Storage", "Orchestrator.Results", MessagingTelemetry.Name, HealthWatch.Name, "Microsoft.Orleans", "MassTransit", "System.Runtime"];

    private static readonly string[] Endpoints =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    /// <summary>Adds OpenTelemetry where an exporter is configured.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="prometheus">Whether metrics are kept for Prometheus to ask for, too.</param>
    public static void AddOrchestratorTelemetry(this IHostApplicationBuilder builder, bool prometheus = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (prometheus)
        {
            builder.Services.AddSingleton<PrometheusEndpoint>();
            Add(builder).WithMetrics(metrics => metrics.AddMeter(Meters).AddAspNetCoreInstrumentation().AddPrometheusExporter());
        }
        if (!Wanted(builder))
        {
            return;
        }
        Add(builder)
            .WithTracing(tracing => tracing.AddSource(Sources).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics.AddMeter(Meters).AddAspNetCoreInstrumentation())
            .WithLogging()
            .UseOtlpExporter();
        builder.Logging.AddOpenTelemetry(logging => logging.IncludeScopes = true);
    }

    /// <summary>Maps <c>/metrics</c> where it was asked for.</summary>
    internal static void MapMetrics(this WebApplication app)
    {
        if (app.Services.GetService<PrometheusEndpoint>() is not null)
        {
            app.MapPrometheusScrapingEndpoint(PrometheusEndpoint.Path);
        }
    }

    private static OpenTelemetryBuilder Add(IHostApplicationBuilder builder) =>
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("orchestrator", serviceVersion: Versions.Product));

    private static bool Wanted(IHostApplicationBuilder builder) => Endpoints.Any(name => !string.IsNullOrEmpty(builder.Configuration[name]));
}

/// <summary>Says in the container that Prometheus may ask.</summary>
internal sealed class PrometheusEndpoint
{
    /// <summary>Where.</summary>
    public const string Path = "/metrics";
}

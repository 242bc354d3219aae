using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Contracts;
using Orchestrator.Grains;
using Orchestrator.Grains.Dispatch;
using Orchestrator.Grains.Sweeps;
using Orchestrator.Grains.Workers;
using Orchestrator.Results;
using Orchestrator.Results.Runs;
using Orchestrator.Silo.Http;
using Orchestrator.Silo.Http.Access;
using Orchestrator.Silo.Http.Answers;
using Orchestrator.Silo.Http.Assistants;
using Orchestrator.Silo.Http.Events;
using Orchestrator.Silo.Http.Page;
using Orchestrator.Silo.Telemetry;
using Orchestrator.Storage;
using Orleans.Configuration;
using Scalar.AspNetCore;

namespace Orchestrator.Silo;

/// <summary>What every control plane consists of, whatever carries its messages and keeps its state.</summary>
public static class ControlPlane
{
    private const int MostAddressBytes = 1 << 16; // a query stands in its address

    /// <summary>Maps the HTTP endpoints.</summary>
    public static void Map(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            StatusCodeSelector = error => error is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            // The client's mistake, not ours; and what the database said is in the answer.
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException || StorageException.In(context.Exception) is not null,
        });
        app.UseStatusCodePages();
        var access = app.Services.GetRequiredService<HttpAccess>();
        var audit = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(Audit.Category);
        if (access.Public is not null)
        {
            app.UseForwardedHeaders(new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor }); // of a proxy on this machine: anybody else could name whom he likes
        }
        if (!access.IsLocal || access.Public is not null)
        {
            app.UseResponseCompression(); // within a machine it only costs
        }
        app.UseSecurityHeaders();
        app.RefuseForeignPages(access, audit);
        app.UsePage();
        app.UseRateLimiter(); // before anything is written of whoever is refused
        app.UseAccess(access, app.Services.GetRequiredService<SessionBook>(), audit);
        app.RefuseUnknownCharsets();
        app.MapHealth();
        app.MapMetrics();
        app.MapOpenApi("/openapi/v1.json").WithMetadata(new HttpMethodMetadata(["GET", "HEAD"])).Open();
        app.MapScalarApiReference(SecurityHeaders.Reference, reference => reference.DisableDefaultFonts().DisableAgent().DisableTelemetry().HideDeveloperTools()).WithMetadata(new HttpMethodMetadata(["GET", "HEAD"])).Open();
        app.MapPageFiles();
        app.MapAssistants();
        var api = app.MapGroup("/api/v1");
        api.MapSessions();
        api.MapEvents();
        api.MapTables();
        api.MapSweeps();
        api.MapRuns();
        api.MapHeads();
        api.MapQuery();
        api.MapFiles();
        api.MapWorkers();
    }

    /// <summary>What reads: endpoints over the catalogue and the facts.</summary>
    internal static void AddReading(this WebApplicationBuilder builder, HttpAccess http, bool prometheus = false)
    {
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.Limits.MaxRequestLineSize = MostAddressBytes;
            foreach (var address in http.Addresses)
            {
                server.Listen(address, http.Listen.Port);
            }
        });
        var services = builder.Services;
        services.AddSingleton(http);
        services.AddSingleton<SessionBook>();
        services.AddHostedService<BoundAddresses>();
        services.AddSingleton(TimeProvider.System);
        services.AddResults();
        services.AddSingleton<Unfound>().AddSingleton<SharedAnswers>();
        services.AddSingleton<IHeadPictures, NoPictures>(); // a process with kernels adds its own
        services.AddOpenApi("v1", ApiDocument.Describe);
        services.AddResponseCompression(compression => (compression.EnableForHttps, compression.MimeTypes) = (true, ["application/json", "application/problem+json", "text/csv"]));
        services.AddRateLimiter(RequestLimits.Configure).AddSingleton<QueryPlaces>();
        services.AddProblemDetails();
        services.AddAssistants();
        services.AddExceptionHandler<StorageFailures>().AddExceptionHandler<BadRequests>();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // else they are answered without a reason
        services.ConfigureHttpJsonOptions(json =>
        {
            Json.Configure(json.SerializerOptions);
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // else the document says that a number may be a text
        });
        services.AddSingleton(new TracePages(builder.Configuration));
        builder.AddOrchestratorTelemetry(prometheus);
    }

    /// <summary>What acts. Before Orleans and messaging are added: it stops after them.</summary>
    internal static void AddControl(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddRunLogs();
        services.AddProjection();
        services.AddSingleton<ISweepControl, GrainControl>();
        services.AddSingleton<LeaseClock>();
        services.AddSingleton<GrainControlPlane>();
        services.AddSingleton<DispatchPump>();
        services.AddSingleton<PackRates>();
        services.AddHostedService(provider => provider.GetRequiredService<DispatchPump>());
    }

    /// <summary>After messaging and Orleans were added: what needs both starts last.</summary>
    internal static void AddOpenSweeps(this WebApplicationBuilder builder) => builder.Services.AddHostedService<OpenSweeps>().AddHostedService<HealthWatch>();

    internal static void Configure(ISiloBuilder silo)
    {
        silo.AddActivityPropagation();
        silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = TimeSpan.FromSeconds(10));
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(2); // a killed silo is noticed in 2 s, not in 13
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5); // where all were killed, those who start wait three of these for the dead: 15 s, not 90
        });
    }
}

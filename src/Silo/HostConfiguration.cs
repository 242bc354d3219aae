using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Silo.Telemetry;

namespace Orchestrator.Silo;

/// <summary>
/// What a host of this program takes from its surroundings: levels of the log and where telemetry goes, and nothing else. Files in
/// the working folder and variables of the web framework decide nothing, so that it listens where its own settings say.
/// </summary>
public static class HostConfiguration
{
    private static readonly string[] Prefixes = ["Logging__", "OTEL_", TracePages.Variable];

    /// <summary>A web application without a configuration of its own; <see cref="HttpAccess"/> says where it listens.</summary>
    public static WebApplicationBuilder CreateWebBuilder()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.Configuration.AddTelemetryVariables();
        return builder;
    }

    /// <summary>The environment's variables about logs and telemetry.</summary>
    public static void AddTelemetryVariables(this IConfigurationBuilder configuration)
    {
        var variables = Environment.GetEnvironmentVariables();
        configuration.AddInMemoryCollection(
            from name in variables.Keys.Cast<string>()
            where Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            select KeyValuePair.Create(name.Replace("__", ":", StringComparison.Ordinal), (string?)variables[name]));
    }
}

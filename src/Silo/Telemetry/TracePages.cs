using Microsoft.Extensions.Configuration;

namespace Orchestrator.Silo.Telemetry;

/// <summary>Where people look at traces: an address with <c>{trace}</c> in it, from <c>ORCHESTRATOR_TRACE_URL</c>.</summary>
internal sealed class TracePages
{
    public const string Variable = "ORCHESTRATOR_TRACE_URL";
    private const string Place = "{trace}";
    private readonly string? _template;

    /// <summary>From the settings of the process.</summary>
    /// <exception cref="SettingException">The setting is no such address.</exception>
    public TracePages(IConfiguration configuration)
    {
        _template = configuration[Variable];
        if (_template is not null && !(_template.Contains(Place, StringComparison.Ordinal) && Page(_template, "0") is { Scheme: "http" or "https" }))
        {
            throw new SettingException($"{Variable} is '{_template}': give the address of a trace's page with {Place} where its id belongs, such as http://jaeger:16686/trace/{Place}");
        }
    }

    /// <summary>The page of a trace; null if there is no trace, or nobody said where.</summary>
    public Uri? Of(string? trace) => _template is null || trace is null ? null : Page(_template, trace);

    private static Uri? Page(string template, string trace) => Uri.TryCreate(template.Replace(Place, trace, StringComparison.Ordinal), UriKind.Absolute, out var page) ? page : null;
}

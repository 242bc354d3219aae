using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Silo.Http.Access;

/// <summary>Who changed something, began a session or was refused, from where. No line holds a token.</summary>
internal static partial class Audit
{
    /// <summary>The category of these lines.</summary>
    public const string Category = "Orchestrator.Audit";

    public static void Changed(ILogger log, HttpContext context, string who) =>
        Changed(log, who, context.Connection.RemoteIpAddress?.ToString(), context.Request.Method, context.Request.Path.ToUriComponent(), context.Response.StatusCode);

    public static void Refused(ILogger log, HttpContext context, string who, int status, string reason) =>
        Refused(log, who, context.Connection.RemoteIpAddress?.ToString(), context.Request.Method, context.Request.Path.ToUriComponent(), status, reason);

    [LoggerMessage(1, LogLevel.Information, "{Who} at {Address}: {Method} {Path} was answered with {Status}")]
    private static partial void Changed(ILogger log, string who, string? address, string method, string path, int status);

    [LoggerMessage(2, LogLevel.Information, "{Who} at {Address}: {Method} {Path} was refused with {Status}: {Reason}")]
    private static partial void Refused(ILogger log, string who, string? address, string method, string path, int status, string reason);
}

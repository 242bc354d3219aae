using System.Net;

namespace Orchestrator.Client;

/// <summary>A call did not bring what was asked for. The message says what to do about it.</summary>
public abstract class OrchestratorException(string message, Exception? inner) : Exception(message, inner);

/// <summary>Nobody answers at the address: refused, no such name, broken off, or no answer in time.</summary>
public sealed class ServerUnreachableException(Uri address, Exception inner)
    : OrchestratorException($"no orchestrator answers at {address}: {inner.GetBaseException().Message}", inner)
{
    /// <summary>Where it was looked for.</summary>
    public Uri Address { get; } = address;
}

/// <summary>The server answered, but not with what was asked for (RFC 9457 problem details where it gave them).</summary>
public sealed class ServerErrorException(HttpStatusCode status, string title, string? detail, Exception? inner = null)
    : OrchestratorException(string.IsNullOrWhiteSpace(detail) ? title : detail, inner)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;
    /// <summary>The kind of problem in a few words.</summary>
    public string Title { get; } = title;
    /// <summary>What went wrong with this request, and the fix; null if the server did not say.</summary>
    public string? Detail { get; } = detail;
}

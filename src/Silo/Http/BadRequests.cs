using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Orchestrator.Silo.Http;

/// <summary>A request that does not fit its endpoint is answered with the name of the parameter that does not.</summary>
internal sealed partial class BadRequests(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException bad)
        {
            return false;
        }
        httpContext.Response.StatusCode = bad.StatusCode;
        var detail = bad.Message.StartsWith("Implicit body", StringComparison.Ordinal) ? "The body is missing: send a JSON document, {} at least." : Parameter().Replace(bad.Message, "parameter '$1'", 1);
        await problems.TryWriteAsync(new()
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = bad.StatusCode, Detail = bad.InnerException is JsonException wrong ? $"{detail} {wrong.Message}" : detail },
        });
        return true;
    }

    /// <summary>A parameter with its type, which is no client's concern.</summary>
    [GeneratedRegex("parameter \"[^\"]* (\\w+)\"")]
    private static partial Regex Parameter();
}

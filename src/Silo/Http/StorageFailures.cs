using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Orchestrator.Storage;

namespace Orchestrator.Silo.Http;

/// <summary>A request that what is stored could not serve is answered with the storage's own words: they name what was asked, what is wrong and the remedy.</summary>
internal sealed class StorageFailures(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (StorageException.In(exception) is not { } failure)
        {
            return false;
        }
        httpContext.Response.StatusCode = StatusCodes.Status500InternalServerError;
        await problems.WriteAsync(new()
        {
            HttpContext = httpContext,
            ProblemDetails = { Status = StatusCodes.Status500InternalServerError, Title = "What is stored cannot be used", Detail = failure.Message },
        });
        return true;
    }
}

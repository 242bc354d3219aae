using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Orchestrator.Storage;

namespace Orchestrator.Silo.Http;

/// <summary>A request that the database could not serve is answered with the database's own words: they name it and the remedy.</summary>
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
            ProblemDetails = { Status = StatusCodes.Status500InternalServerError, Title = "The database failed", Detail = failure.Message },
        });
        return true;
    }
}

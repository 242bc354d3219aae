using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Results.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http;

/// <summary>
/// Answers about a sweep that has ended carry the name of what they were made from (<c>ETag</c>), and who has such an answer is told that it still holds
/// (304) before anything is read of its runs. A sweep that runs has none: its elapsed time moves, and what it waits for.
/// </summary>
internal static class EntityTags
{
    /// <summary>For what reads a sweep, whose name is the route's <c>id</c>, and depends on nothing else than the query.</summary>
    public static RouteHandlerBuilder WithEntityTag(this RouteHandlerBuilder endpoint) => endpoint.Produces(StatusCodes.Status304NotModified).AddEndpointFilter(async (context, next) =>
    {
        var http = context.HttpContext;
        var directory = http.RequestServices.GetRequiredService<SweepDirectory>();
        // Before the handler reads it again: what changes in between is named by the older number, and so asked for once more.
        if (await directory.Find((string)http.GetRouteValue("id")!, http.RequestAborted) is not { Ended: not null, State: not SweepState.Running } sweep)
        {
            return await next(context);
        }
        var tag = Tag(sweep, http.Request.QueryString);
        if (http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            Name(http.Response, tag);
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        }
        var answer = await next(context);
        if ((answer is INestedHttpResult several ? several.Result : answer) is IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK })
        {
            Name(http.Response, tag);
        }
        return answer;
    });

    /// <summary>The number counts every change of the sweep and of its runs; another version of the program may make another answer of the same rows.</summary>
    private static EntityTagHeaderValue Tag(SweepRow sweep, QueryString query)
    {
        var made = string.Create(CultureInfo.InvariantCulture, $"{sweep.Id} {sweep.Change} {Versions.Product} {query}");
        return new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)).AsSpan(0, 16))}\"");
    }

    // Whoever keeps it asks each time whether it still holds; nobody keeps it for others, who may have no token.
    private static void Name(HttpResponse response, EntityTagHeaderValue tag) => (response.Headers.ETag, response.Headers.CacheControl) = (tag.ToString(), "private, no-cache");
}

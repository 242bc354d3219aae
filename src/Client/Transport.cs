using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Orchestrator.Contracts;

namespace Orchestrator.Client;

/// <summary>Sends requests, reads JSON in the project's dialect, and turns every failure into an <see cref="OrchestratorException"/>.</summary>
internal sealed class Transport(HttpClient http)
{
    public async Task<T> Get<T>(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendForJson<T>(request, cancellation);
    }

    /// <summary>The same of a page, with the cursor of the next one from its <c>Link</c> header; null if there is none.</summary>
    public async Task<(T Page, string? Next)> GetPage<T>(string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await Exchange(request, cancellation);
        return (await Read<T>(response, cancellation), response.Headers.TryGetValues("Link", out var links) ? Cursor(links.First()) : null);
    }

    private static string? Cursor(string link) => link.Split("after=") is [_, var rest] && link.Contains("rel=\"next\"", StringComparison.Ordinal) ? rest.Split('>', '&')[0] : null;

    public async Task<T> Post<T>(string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: Json.Options);
        return await SendForJson<T>(request, cancellation);
    }

    /// <summary>Sends and returns the status, if it is one of <paramref name="expected"/>.</summary>
    public async Task<HttpStatusCode> Send(HttpRequestMessage request, IReadOnlyCollection<HttpStatusCode> expected, CancellationToken cancellation)
    {
        using var response = await Exchange(request, cancellation);
        return expected.Contains(response.StatusCode) ? response.StatusCode : throw await Problem(response, cancellation);
    }

    /// <summary>Copies a body as it is; the status, and the SHA-256 of what arrived.</summary>
    public async Task<(HttpStatusCode Status, string Sha256)> Download(string path, Stream destination, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await Exchange(request, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw await Problem(response, cancellation);
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[1 << 16];
        for (int read; (read = await Read()) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await destination.WriteAsync(buffer.AsMemory(0, read), cancellation); // its failures are the caller's
        }
        return (response.StatusCode, Convert.ToHexStringLower(hash.GetHashAndReset()));

        async Task<int> Read()
        {
            try
            {
                return await body.ReadAsync(buffer, cancellation);
            }
            catch (Exception error) when (IsConnection(error, cancellation))
            {
                throw new ServerUnreachableException(http.BaseAddress!, error);
            }
        }
    }

    private async Task<T> SendForJson<T>(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await Exchange(request, cancellation);
        return await Read<T>(response, cancellation);
    }

    private async Task<T> Read<T>(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await Problem(response, cancellation);
        }
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json.Options, cancellation) ?? throw new JsonException("the document is null");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw Foreign(response, error);
        }
        catch (Exception error) when (IsConnection(error, cancellation))
        {
            throw new ServerUnreachableException(http.BaseAddress!, error);
        }
    }

    private async Task<HttpResponseMessage> Exchange(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception error) when (IsConnection(error, cancellation))
        {
            throw new ServerUnreachableException(http.BaseAddress!, error);
        }
    }

    // HttpClient reports its own time-out as a cancellation that nobody asked for.
    private static bool IsConnection(Exception error, CancellationToken cancellation) =>
        error is HttpRequestException or IOException || (error is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static async Task<ServerErrorException> Problem(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.StatusCode == HttpStatusCode.RequestUriTooLong)
        {
            return new(response.StatusCode, "The question is too long", $"its address has {response.RequestMessage?.RequestUri?.AbsoluteUri.Length} characters, and the server takes 65,000: ask with fewer, a range or a join in the place of a list, say");
        }
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return Foreign(response, null);
        }
        try
        {
            var problem = await response.Content.ReadFromJsonAsync<ProblemDocument>(Json.Options, cancellation);
            return new(response.StatusCode, problem?.Title ?? response.ReasonPhrase ?? "error", problem?.Detail);
        }
        catch (Exception error) when (error is JsonException or HttpRequestException or IOException)
        {
            return Foreign(response, error);
        }
    }

    private static ServerErrorException Foreign(HttpResponseMessage response, Exception? error) => new(
        response.StatusCode,
        "unexpected answer",
        $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode} without the JSON that this client knows; "
            + "check that the address is an orchestrator's and that both sides have the same version",
        error);

    private sealed record ProblemDocument(string? Title, string? Detail);
}

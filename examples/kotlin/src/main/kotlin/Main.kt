import com.apollographql.apollo.ApolloClient
import com.apollographql.apollo.api.Optional
import fund.AccountInfoQuery
import fund.SignInMutation
import fund.type.SignInInput
import kotlinx.coroutines.runBlocking

/** Signs in and prints the balance: URL, phone, login password, query password. */
fun main(arguments: Array<String>) = runBlocking {
    val (url, username, loginPassword, queryPassword) = arguments
    val client = ApolloClient.Builder().serverUrl(url).build()
    val input = SignInInput(
        username = username,
        loginPassword = loginPassword,
        queryPassword = Optional.present(queryPassword),
    )
    val token = client.mutation(SignInMutation(input)).execute().data?.signIn?.session?.accessToken
    val answer = client.query(AccountInfoQuery()).addHttpHeader("Authorization", "Bearer $token").execute()
    println(answer.data?.me?.account?.balance?.total)
}

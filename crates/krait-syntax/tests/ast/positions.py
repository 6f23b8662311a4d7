# -*- coding: utf-8 -*-

é = "日本" + ñ ; ü(ß)
if a :
	b ; c ;

	d
class   A  ( B )  :

    # comment
    def f ( self ) :
        return ( 1 ,
          2 )   # trailing


    x = 1

@dec
# comment
async  def g ( ) : pass
( a
  . b )
x = a \
    + b
try :
    pass
except  E  as  e :
    pass
from  a . b  import  ( c  as  d , )
import  a . b  as  c
if x:
    pass
else :
    if y :
        pass
